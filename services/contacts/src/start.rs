use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use bootstrap::{
    Clock, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, PageTokens, connect_nats, connect_postgres,
    serve_grpc,
};
use event_bus::{
    Consumer, ConsumerConfig, ConsumersGrpc, LogClient, LogGrpc, LogSource, Progress, Relay,
};
use event_store::{EventStore, LogConfig};
use proto::{
    contacts::v1::{
        accounts_service_server::AccountsServiceServer,
        contacts_service_server::ContactsServiceServer,
    },
    log::v1::{
        consumer_service_server::ConsumerServiceServer, log_service_server::LogServiceServer,
    },
};
use sqlx::PgPool;
use tokio::net::TcpListener;
use vault::Vault;

use crate::{
    Config,
    erasure::Eraser,
    grpc::{AccountsGrpc, ContactsGrpc},
    import::Imports,
    processes::{Erasures, Webhooks},
    projections::ContactsProjection,
};

const LOG: &str = "contacts";
/// Consumers' names are stored, so never changed.
const PROJECTION: ConsumerConfig = ConsumerConfig {
    name: "contacts",
    log: LOG,
};
const ERASURES: ConsumerConfig = ConsumerConfig {
    name: "erasures",
    log: LOG,
};
const WEBHOOKS: ConsumerConfig = ConsumerConfig {
    name: "webhooks",
    log: "ingress",
};

/// What the parts of the service share.
struct Parts {
    pool: PgPool,
    store: EventStore,
    vault: Vault,
    nats: async_nats::Client,
}

/// Starts the service on `lifecycle`, and returns where it listens. Its peers may start later.
pub async fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let pool = connect_postgres(&config.postgres).await?;
    let vault = Vault::connect(&config.vault).await?;
    let nats = connect_nats(&config.nats, "contacts").await?;
    let log = LogConfig {
        name: LOG,
        partitions: config.log_partitions,
    };
    let (store, appender) = EventStore::open(pool.clone(), &log).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .context("cannot listen")?;
    let address = listener.local_addr().context("cannot listen")?;
    let parts = Parts {
        pool,
        store,
        vault,
        nats,
    };

    lifecycle.spawn("appender", async move {
        appender.run().await;
        Ok(())
    });
    let relay = Relay::new(parts.store.clone(), parts.nats.clone());
    lifecycle.spawn("relay", relay.run(lifecycle.shutdown()));
    let progress = spawn_projection(&parts, lifecycle);
    spawn_erasures(&parts, lifecycle);
    spawn_webhooks(&parts, &config, lifecycle)?;

    let services = services(&parts, &config, clock, &progress);
    let drain = config.drain_period();
    lifecycle.spawn(
        "grpc",
        serve_grpc(services, listener, lifecycle.shutdown(), drain),
    );
    Ok(address)
}

fn spawn_projection(parts: &Parts, lifecycle: &Lifecycle) -> Progress {
    let projection = Consumer::new(
        PROJECTION,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Local(parts.store.clone()),
        ContactsProjection,
    );
    let progress = projection.progress();
    lifecycle.spawn("projection", projection.run(lifecycle.shutdown()));
    progress
}

fn spawn_erasures(parts: &Parts, lifecycle: &Lifecycle) {
    let erasures = Consumer::new(
        ERASURES,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Local(parts.store.clone()),
        Erasures {
            pool: parts.pool.clone(),
            vault: parts.vault.clone(),
        },
    );
    lifecycle.spawn("erasures", erasures.run(lifecycle.shutdown()));
}

fn spawn_webhooks(parts: &Parts, config: &Config, lifecycle: &Lifecycle) -> anyhow::Result<()> {
    let ingress = LogClient::connect_lazy(&config.peers.ingress_url, &config.auth)?;
    let webhooks = Consumer::new(
        WEBHOOKS,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Remote(ingress),
        Webhooks {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
        },
    );
    lifecycle.spawn("webhooks", webhooks.run(lifecycle.shutdown()));
    Ok(())
}

fn services(
    parts: &Parts,
    config: &Config,
    clock: Arc<dyn Clock>,
    progress: &Progress,
) -> GrpcServices {
    let accounts = AccountsGrpc {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
        vault: parts.vault.clone(),
        progress: progress.clone(),
        clock: Arc::clone(&clock),
    };
    let contacts = ContactsGrpc {
        pool: parts.pool.clone(),
        vault: parts.vault.clone(),
        eraser: Eraser {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            clock,
        },
        imports: Imports::new(
            parts.pool.clone(),
            parts.store.clone(),
            parts.vault.clone(),
            progress.clone(),
        ),
        progress: progress.clone(),
        page_tokens: PageTokens::new(&config.auth),
    };
    let log = LogServiceServer::new(LogGrpc::new(parts.store.clone()))
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    GrpcServices::new(&config.auth)
        .add(AccountsServiceServer::new(accounts))
        .add(ContactsServiceServer::new(contacts))
        .add(log)
        .add(ConsumerServiceServer::new(ConsumersGrpc::new(
            parts.pool.clone(),
        )))
}
