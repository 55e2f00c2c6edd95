use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use bootstrap::{
    Clock, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, PageTokens, SystemClock, connect_nats,
    connect_postgres, serve_grpc,
};
use event_bus::{Consumer, ConsumerConfig, ConsumersGrpc, LogClient, LogGrpc, LogSource};
use proto::{
    log::v1::{
        consumer_service_server::ConsumerServiceServer, log_service_server::LogServiceServer,
    },
    segmentation::v1::{
        segmentation_service_server::SegmentationServiceServer,
        segments_service_server::SegmentsServiceServer,
    },
};
use tokio::net::TcpListener;
use vault::Vault;

use crate::{
    Config,
    contacts::Contacts,
    export::Exports,
    grpc::SegmentationGrpc,
    index::Follower,
    projections::ContactsProjection,
    segments::{SegmentsGrpc, SegmentsLog},
};

/// The consumer's name is stored, so never changed.
const CONTACTS: ConsumerConfig = ConsumerConfig {
    name: "segmentation",
    log: "contacts",
};

/// Starts the service on `lifecycle`, and returns where it listens. Its peers may start later.
pub async fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let contacts = LogClient::connect_lazy(&config.peers.contacts_url, &config.auth)?;
    start_at(config, LogSource::Remote(contacts), clock, lifecycle).await
}

/// As [`start`], with the contacts' log from where the caller says.
pub async fn start_with(
    config: Config,
    contacts: LogSource,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    start_at(config, contacts, Arc::new(SystemClock), lifecycle).await
}

async fn start_at(
    config: Config,
    contacts: LogSource,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let pool = connect_postgres(&config.postgres).await?;
    let vault = Vault::connect(&config.vault).await?;
    let nats = connect_nats(&config.nats, "segmentation").await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .context("cannot listen")?;
    let address = listener.local_addr().context("cannot listen")?;

    let segments_log = SegmentsLog::start(pool.clone(), &nats, lifecycle).await?;
    let projection = ContactsProjection { pool: pool.clone() };
    let projection = Consumer::new(CONTACTS, pool.clone(), nats, contacts, projection);
    let (indexes, follower, loader) =
        Follower::new(pool.clone(), vault.clone(), projection.progress());
    let segmentation = SegmentationGrpc {
        exports: Exports::new(pool.clone(), vault.clone()),
        contacts: Contacts {
            pool: pool.clone(),
            vault: vault.clone(),
            indexes,
        },
        segments: segments_log.progress.clone(),
        page_tokens: PageTokens::new(&config.auth),
    };
    let segments = SegmentsGrpc {
        pool: pool.clone(),
        vault,
        log: segments_log.clone(),
        contacts: projection.progress(),
        page_tokens: PageTokens::new(&config.auth),
        clock,
    };
    lifecycle.spawn("projection", projection.run(lifecycle.shutdown()));
    lifecycle.spawn("index", follower.run(lifecycle.shutdown()));
    lifecycle.spawn("index loader", loader.run(lifecycle.shutdown()));
    let segmentation =
        SegmentationServiceServer::new(segmentation).max_encoding_message_size(MESSAGE_BYTES_MAX);
    let services = GrpcServices::new(&config.auth)
        .add(segmentation)
        .add(SegmentsServiceServer::new(segments).max_encoding_message_size(MESSAGE_BYTES_MAX))
        .add(
            LogServiceServer::new(LogGrpc::new(segments_log.store))
                .max_encoding_message_size(MESSAGE_BYTES_MAX),
        )
        .add(ConsumerServiceServer::new(ConsumersGrpc::new(pool)));
    let drain = config.drain_period();
    lifecycle.spawn(
        "grpc",
        serve_grpc(services, listener, lifecycle.shutdown(), drain),
    );
    Ok(address)
}
