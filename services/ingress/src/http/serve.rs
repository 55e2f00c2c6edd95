use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use bootstrap::Authenticator;
use secrecy::SecretString;
use sqlx::PgPool;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use vault::Vault;

use super::{clicks, mail_reports, orders, unsubscribe, webhooks};
use crate::journal::Journal;

/// More than any channel posts, and little enough to hold in memory.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the handlers share.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) pool: PgPool,
    pub(crate) vault: Vault,
    pub(crate) journal: Journal,
    pub(crate) authenticator: Authenticator,
    pub(crate) links_secret: SecretString,
}

/// Serves until `shutdown`, then finishes the requests in flight for at most `drain`.
pub(crate) async fn serve(
    listener: TcpListener,
    state: State,
    shutdown: CancellationToken,
    drain: Duration,
) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/v1/webhooks/line/{account_id}", post(webhooks::line))
        .route(
            "/v1/webhooks/messenger/{account_id}",
            get(webhooks::verify_messenger).post(webhooks::messenger),
        )
        .route(
            "/v1/webhooks/whatsapp/{account_id}",
            get(webhooks::verify_whatsapp).post(webhooks::whatsapp),
        )
        .route("/r/{token}", get(clicks::follow))
        .route(
            "/u/{token}",
            get(unsubscribe::show).post(unsubscribe::leave),
        )
        .route("/v1/orders", post(orders::place))
        .route("/v1/mail/reports/{account_id}", post(mail_reports::take))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(state));
    let stopping = shutdown.clone();
    let serving = axum::serve(listener, router)
        .with_graceful_shutdown(async move { stopping.cancelled().await });
    tokio::select! {
        served = serving => served.context("HTTP server failed"),
        () = drained(&shutdown, drain) => {
            warn!("drain period is over, abandoning HTTP requests");
            Ok(())
        }
    }
}

async fn drained(shutdown: &CancellationToken, drain: Duration) {
    shutdown.cancelled().await;
    sleep(drain).await;
}
