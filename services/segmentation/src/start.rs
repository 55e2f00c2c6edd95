use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use bootstrap::{
    Clock, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, PageTokens, connect_nats, connect_postgres,
    serve_grpc,
};
use event_bus::{Consumer, ConsumerConfig, ConsumersGrpc, LogClient, LogSource};
use proto::{
    log::v1::consumer_service_server::ConsumerServiceServer,
    segmentation::v1::segmentation_service_server::SegmentationServiceServer,
};
use tokio::net::TcpListener;
use vault::Vault;

use crate::{Config, grpc::SegmentationGrpc, projections::ContactsProjection};

/// The consumer's name is stored, so never changed.
const CONTACTS: ConsumerConfig = ConsumerConfig {
    name: "segmentation",
    log: "contacts",
};

/// Starts the service on `lifecycle`, and returns where it listens. Its peers may start later.
pub async fn start(
    config: Config,
    _clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let contacts = LogClient::connect_lazy(&config.peers.contacts_url, &config.auth)?;
    start_with(config, LogSource::Remote(contacts), lifecycle).await
}

/// As [`start`], with the contacts' log from where the caller says.
pub async fn start_with(
    config: Config,
    contacts: LogSource,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let pool = connect_postgres(&config.postgres).await?;
    let vault = Vault::connect(&config.vault).await?;
    let nats = connect_nats(&config.nats, "segmentation").await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .context("cannot listen")?;
    let address = listener.local_addr().context("cannot listen")?;

    let projection = ContactsProjection { vault };
    let projection = Consumer::new(CONTACTS, pool.clone(), nats, contacts, projection);
    let segmentation = SegmentationGrpc {
        pool: pool.clone(),
        progress: projection.progress(),
        page_tokens: PageTokens::new(&config.auth),
    };
    lifecycle.spawn("projection", projection.run(lifecycle.shutdown()));
    let segmentation =
        SegmentationServiceServer::new(segmentation).max_encoding_message_size(MESSAGE_BYTES_MAX);
    let services = GrpcServices::new(&config.auth)
        .add(segmentation)
        .add(ConsumerServiceServer::new(ConsumersGrpc::new(pool)));
    let drain = config.drain_period();
    lifecycle.spawn(
        "grpc",
        serve_grpc(services, listener, lifecycle.shutdown(), drain),
    );
    Ok(address)
}
