use std::time::Duration;

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_stream::{StreamExt as _, wrappers::TcpListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic_health::{
    ServingStatus,
    server::{HealthReporter, health_reporter},
};
use tracing::{info, warn};

use super::{connection::Connection, services::GrpcServices, trace::Traced};

/// Finds peers that are gone without having said so.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
const CONCURRENT_STREAMS_MAX: u32 = 1024;
const HEADER_LIST_BYTES_MAX: u32 = 64 * 1024;
/// What a peer may reset before its connection is taken for an attack.
const PENDING_RESETS_MAX: usize = 64;
/// A bulk message fits a window, so that it does not wait for a round trip.
const STREAM_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// After connections were cut, for their tasks to notice.
const CUT_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves until `shutdown`, then finishes the calls in flight for at most `drain`, which is to be
/// shorter than the grace period of the process.
pub async fn serve_grpc(
    services: GrpcServices,
    listener: TcpListener,
    shutdown: CancellationToken,
    drain: Duration,
) -> anyhow::Result<()> {
    let address = listener.local_addr().context("cannot listen")?;
    info!(%address, services = services.names.join(" "), "gRPC server listens");
    let (health, health_service) = health_reporter();
    let names = services.names.clone();
    set_health(&health, &names, ServingStatus::Serving).await;

    let cut = CancellationToken::new();
    let connections = TcpListenerStream::new(listener).map({
        let cut = cut.clone();
        move |stream| Connection::new(stream?, cut.clone())
    });
    let stopping = shutdown.clone();
    let serve = builder().serve_with_incoming_shutdown(
        Traced::new(services.routes.add_service(health_service).prepare()),
        connections,
        async move {
            stopping.cancelled().await;
            // Readiness fails first, so that no more calls are routed here.
            set_health(&health, &names, ServingStatus::NotServing).await;
        },
    );

    tokio::pin!(serve);
    tokio::select! {
        served = &mut serve => return served.context("gRPC server failed"),
        () = drained(&shutdown, drain) => {}
    }
    warn!(%address, "drain period is over, cutting connections");
    cut.cancel();
    if timeout(CUT_TIMEOUT, serve).await.is_err() {
        warn!(%address, "connections did not end, abandoning them");
    }
    Ok(())
}

async fn drained(shutdown: &CancellationToken, drain: Duration) {
    shutdown.cancelled().await;
    sleep(drain).await;
}

fn builder() -> Server {
    Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_concurrent_streams(CONCURRENT_STREAMS_MAX)
        .http2_max_header_list_size(HEADER_LIST_BYTES_MAX)
        .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS_MAX))
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
}

/// The empty name stands for the server as a whole.
async fn set_health(health: &HealthReporter, names: &[&str], status: ServingStatus) {
    for name in names.iter().chain(&[""]) {
        health.set_service_status(name, status).await;
    }
}
