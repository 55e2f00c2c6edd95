use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use bootstrap::{
    Clock, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, PageTokens, ServiceIdentity, connect_grpc,
    connect_nats, connect_postgres, serve_grpc,
};
use event_bus::{
    Consumer, ConsumerConfig, ConsumersGrpc, Handler, LogClient, LogGrpc, LogSource, Progress,
    Relay,
};
use event_store::{EventStore, LogConfig};
use proto::{
    broadcast::v1::{
        broadcast_service_server::BroadcastServiceServer,
        templates_service_server::TemplatesServiceServer,
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
    asking::Asking,
    audience::Audiences,
    grpc::{BroadcastGrpc, TemplatesGrpc},
    preview::Previews,
    processes::{Completer, Freezer, LeaveOut, Progressor, every},
    projections::{Broadcasts, ContactsLog, ToldProgress},
};

/// Stored, so never changed.
pub(crate) const LOG: &str = "broadcasts";
/// Consumers' names are stored, so never changed.
const ACCOUNTS: ConsumerConfig = ConsumerConfig {
    name: "accounts",
    log: "contacts",
};
const BROADCASTS: ConsumerConfig = ConsumerConfig {
    name: "broadcasts",
    log: LOG,
};
const PROGRESS: ConsumerConfig = ConsumerConfig {
    name: "progress",
    log: "ingress",
};
/// How often there is a look for broadcasts to go on with. A query on an index each.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// What was told within it is one event of a chunk.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
const FORGET_INTERVAL: Duration = Duration::from_hours(1);

/// What the parts of the service share.
struct Parts {
    pool: PgPool,
    store: EventStore,
    vault: Vault,
    nats: async_nats::Client,
    audiences: Audiences,
    clock: Arc<dyn Clock>,
}

/// Starts the service on `lifecycle`, and returns where it listens. Its peers may start later.
pub async fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let pool = connect_postgres(&config.postgres).await?;
    let vault = Vault::connect(&config.vault).await?;
    let nats = connect_nats(&config.nats, "broadcast").await?;
    let log = LogConfig {
        name: LOG,
        partitions: config.log_partitions,
    };
    let (store, appender) = EventStore::open(pool.clone(), &log).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .context("cannot listen")?;
    let address = listener.local_addr().context("cannot listen")?;
    let segmentation = connect_grpc(&config.peers.segmentation_url)?;
    let parts = Parts {
        audiences: Audiences::new(
            segmentation,
            ServiceIdentity::new(&config.auth, "broadcast"),
        ),
        pool,
        store,
        vault,
        nats,
        clock,
    };

    lifecycle.spawn("appender", async move {
        appender.run().await;
        Ok(())
    });
    let relay = Relay::new(parts.store.clone(), parts.nats.clone());
    lifecycle.spawn("relay", relay.run(lifecycle.shutdown()));
    let contacts = LogClient::connect_lazy(&config.peers.contacts_url, &config.auth)?;
    let accounts = follow(
        &parts,
        ACCOUNTS,
        LogSource::Remote(contacts),
        ContactsLog,
        lifecycle,
    );
    let ingress = LogClient::connect_lazy(&config.peers.ingress_url, &config.auth)?;
    follow(
        &parts,
        PROGRESS,
        LogSource::Remote(ingress),
        ToldProgress,
        lifecycle,
    );
    let own = LogSource::Local(parts.store.clone());
    let progress = follow(&parts, BROADCASTS, own, Broadcasts, lifecycle);
    spawn_processes(&parts, &config, lifecycle);

    let services = services(&parts, &config, progress, accounts)?;
    let drain = config.drain_period();
    lifecycle.spawn(
        "grpc",
        serve_grpc(services, listener, lifecycle.shutdown(), drain),
    );
    Ok(address)
}

fn follow<H: Handler>(
    parts: &Parts,
    config: ConsumerConfig,
    source: LogSource,
    handler: H,
    lifecycle: &Lifecycle,
) -> Progress {
    let consumer = Consumer::new(
        config,
        parts.pool.clone(),
        parts.nats.clone(),
        source,
        handler,
    );
    let progress = consumer.progress();
    lifecycle.spawn(config.name, consumer.run(lifecycle.shutdown()));
    progress
}

fn spawn_processes(parts: &Parts, config: &Config, lifecycle: &Lifecycle) {
    let freezer = Arc::new(Freezer {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
        vault: parts.vault.clone(),
        audiences: parts.audiences.clone(),
        links: config.links.clone(),
        clock: Arc::clone(&parts.clock),
    });
    let freezing = every("freeze", LOOK_INTERVAL, lifecycle.shutdown(), move || {
        Arc::clone(&freezer).look()
    });
    lifecycle.spawn("freeze", freezing);
    let completer = Arc::new(Completer {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
        vault: parts.vault.clone(),
        clock: Arc::clone(&parts.clock),
    });
    let completing = every("complete", LOOK_INTERVAL, lifecycle.shutdown(), move || {
        Arc::clone(&completer).look()
    });
    lifecycle.spawn("complete", completing);
    let leave_out = Arc::new(LeaveOut {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
        vault: parts.vault.clone(),
        clock: Arc::clone(&parts.clock),
    });
    let leaving_out = every(
        "leave-out",
        LOOK_INTERVAL,
        lifecycle.shutdown(),
        move || Arc::clone(&leave_out).look(),
    );
    lifecycle.spawn("leave-out", leaving_out);
    let progressor = Arc::new(Progressor {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
    });
    let forgetful = Arc::clone(&progressor);
    let forgetting = every(
        "progress.forget",
        FORGET_INTERVAL,
        lifecycle.shutdown(),
        move || Arc::clone(&forgetful).forget_old(),
    );
    lifecycle.spawn("progress.forget", forgetting);
    let progressing = every(
        "progress",
        PROGRESS_INTERVAL,
        lifecycle.shutdown(),
        move || Arc::clone(&progressor).look(),
    );
    lifecycle.spawn("progress.look", progressing);
}

fn services(
    parts: &Parts,
    config: &Config,
    progress: Progress,
    accounts: Progress,
) -> anyhow::Result<GrpcServices> {
    let asking = Asking::try_new(
        &config.line,
        &config.meta,
        &config.links,
        parts.vault.clone(),
    )?;
    let templates = TemplatesGrpc {
        pool: parts.pool.clone(),
        accounts: accounts.clone(),
        asking: asking.clone(),
    };
    let broadcasts = BroadcastGrpc {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
        previews: Previews {
            pool: parts.pool.clone(),
            audiences: parts.audiences.clone(),
            vault: parts.vault.clone(),
            asking,
            links: config.links.clone(),
            clock: Arc::clone(&parts.clock),
        },
        progress,
        accounts,
        page_tokens: PageTokens::new(&config.auth),
        links: config.links.clone(),
        clock: Arc::clone(&parts.clock),
    };
    let log = LogServiceServer::new(LogGrpc::new(parts.store.clone()))
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    Ok(GrpcServices::new(&config.auth)
        .add(BroadcastServiceServer::new(broadcasts))
        .add(TemplatesServiceServer::new(templates))
        .add(log)
        .add(ConsumerServiceServer::new(ConsumersGrpc::new(
            parts.pool.clone(),
        ))))
}
