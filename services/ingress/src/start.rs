use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use bootstrap::{
    Authenticator, Clock, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, connect_nats,
    connect_postgres, serve_grpc,
};
use event_bus::{Consumer, ConsumerConfig, ConsumersGrpc, LogClient, LogGrpc, LogSource, Relay};
use event_store::{EventStore, LogConfig};
use proto::log::v1::{
    consumer_service_server::ConsumerServiceServer, log_service_server::LogServiceServer,
};
use sqlx::PgPool;
use tokio::net::TcpListener;
use vault::Vault;

use crate::{
    Config,
    http::{self, State},
    journal::Journal,
    orders_in,
    projections::{Accounts, Links},
    webhook_keys,
};

/// Where the ingress listens.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    pub grpc: SocketAddr,
    pub http: SocketAddr,
}

/// Starts the ingress on `lifecycle`. Its peers need not be up.
pub async fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Started> {
    let pool = connect_postgres(&config.postgres).await?;
    let nats = connect_nats(&config.nats, "ingress").await?;
    let vault = Vault::connect(&config.vault).await?;
    let log = LogConfig {
        name: "ingress",
        partitions: config.log_partitions,
    };
    let (store, appender) = EventStore::open(pool.clone(), &log).await?;
    lifecycle.spawn("appender", async {
        appender.run().await;
        Ok(())
    });
    let relay = Relay::new(store.clone(), nats.clone());
    lifecycle.spawn("relay", relay.run(lifecycle.shutdown()));
    follow_others(&config, &pool, &nats, lifecycle)?;

    let expire = webhook_keys::expire(vault.clone(), Arc::clone(&clock), lifecycle.shutdown());
    lifecycle.spawn("webhook-keys", expire);

    let journal = Journal::new(store.clone(), vault.clone(), clock);
    let intake = orders_in::run(journal.clone(), nats, lifecycle.shutdown());
    lifecycle.spawn("orders-in", intake);

    let state = State {
        pool: pool.clone(),
        vault,
        journal,
        authenticator: Authenticator::new(&config.auth),
        links_secret: config.links.secret.clone(),
    };
    let drain = Duration::from_secs(config.grace_period_seconds.saturating_sub(3).max(1));
    let http_listener = listen(config.http_listen).await?;
    let grpc_listener = listen(config.listen).await?;
    let started = Started {
        grpc: grpc_listener.local_addr()?,
        http: http_listener.local_addr()?,
    };
    lifecycle.spawn(
        "http",
        http::serve(http_listener, state, lifecycle.shutdown(), drain),
    );
    let services = GrpcServices::new(&config.auth)
        .add(
            LogServiceServer::new(LogGrpc::new(store)).max_encoding_message_size(MESSAGE_BYTES_MAX),
        )
        .add(ConsumerServiceServer::new(ConsumersGrpc::new(pool)));
    lifecycle.spawn(
        "grpc",
        serve_grpc(services, grpc_listener, lifecycle.shutdown(), drain),
    );
    Ok(started)
}

/// Learns of accounts and links from the logs of those who own them.
fn follow_others(
    config: &Config,
    pool: &PgPool,
    nats: &async_nats::Client,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let contacts = LogClient::connect_lazy(&config.peers.contacts_url, &config.auth)?;
    let accounts = Consumer::new(
        ConsumerConfig {
            name: "accounts",
            log: "contacts",
        },
        pool.clone(),
        nats.clone(),
        LogSource::Remote(contacts),
        Accounts,
    );
    lifecycle.spawn("accounts", accounts.run(lifecycle.shutdown()));
    let broadcasts = LogClient::connect_lazy(&config.peers.broadcast_url, &config.auth)?;
    let links = Consumer::new(
        ConsumerConfig {
            name: "links",
            log: "broadcasts",
        },
        pool.clone(),
        nats.clone(),
        LogSource::Remote(broadcasts),
        Links,
    );
    lifecycle.spawn("links", links.run(lifecycle.shutdown()));
    Ok(())
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}
