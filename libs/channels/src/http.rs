//! What every client over HTTP has in common.

use std::time::Duration;

use reqwest::{Client, Response, Url, header::InvalidHeaderValue, redirect};

const IDLE_CONNECTIONS_MAX: usize = 64;
/// Far more than any answer to a send has; what is longer is not the provider's.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// How long to wait for the provider.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub connect: Duration,
    /// From the first byte sent to the last byte answered. When it is over, what was sent is ambiguous.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(30),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the base URL has no path, query or fragment and is http or https")]
    BaseUrl,
    #[error("the version {version:?} is not like v25.0")]
    Version { version: String },
    #[error("{name} {value:?} is not an id")]
    Id { name: &'static str, value: String },
    #[error("the access token cannot be sent in a header")]
    AccessToken(#[source] InvalidHeaderValue),
    #[error("cannot make an HTTP client")]
    Http(#[source] reqwest::Error),
}

pub(crate) fn connect(timeouts: Timeouts) -> Result<Client, BuildError> {
    // Fails only if a provider is installed already, which then serves.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.request)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .redirect(redirect::Policy::none())
        .tcp_nodelay(true)
        .build()
        .map_err(BuildError::Http)
}

/// The base URL without a slash at the end.
pub(crate) fn parse_base(base_url: &str) -> Result<String, BuildError> {
    let url = Url::parse(base_url).map_err(|_| BuildError::BaseUrl)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !matches!(url.scheme(), "http" | "https") {
        return Err(BuildError::BaseUrl);
    }
    Ok(base_url.trim_end_matches('/').to_owned())
}

/// The body, or nothing if it breaks off or is too long to be the provider's.
pub(crate) async fn read(response: Response) -> Option<Vec<u8>> {
    read_at_most(response, ANSWER_BYTES_MAX).await
}

pub(crate) async fn read_at_most(mut response: Response, bytes_max: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > bytes_max {
            return None;
        }
    }
    Some(body)
}

/// Why there is no answer.
pub(crate) enum Unanswered {
    /// Without a connection nothing can have left.
    NoConnection,
    /// After that, anything can have arrived.
    Lost(&'static str),
}

impl From<&reqwest::Error> for Unanswered {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            return Self::NoConnection;
        }
        if error.is_timeout() {
            return Self::Lost("no answer in time");
        }
        Self::Lost("connection lost")
    }
}
