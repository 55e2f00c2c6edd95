use anyhow::Context as _;
use reqwest::{Client, redirect};
use tokio::sync::OnceCell;

/// The client for what the simulator itself calls: links and webhooks.
#[derive(Debug, Default)]
pub(crate) struct Outside(OnceCell<Client>);

impl Outside {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Made at the first call, since reading the trusted roots takes a while.
    pub(crate) async fn client(&self) -> anyhow::Result<&Client> {
        self.0
            .get_or_try_init(|| async {
                install_tls_provider();
                Client::builder()
                    .redirect(redirect::Policy::none())
                    .no_proxy()
                    .build()
                    .context("cannot make an HTTP client")
            })
            .await
    }
}

pub(crate) fn install_tls_provider() {
    let ring = rustls::crypto::ring::default_provider();
    if ring.install_default().is_err() {
        tracing::trace!("a TLS provider is already installed");
    }
}
