use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Extract},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use broadcast_domain::{Unsubscribe, parse_unsubscribe_token};
use events::{
    ingested::{UnsubscribeMeans, UnsubscribeRequested},
    to_bytes, to_timestamp,
};
use secrecy::ExposeSecret as _;
use tracing::error;
use uuid::Uuid;

use super::{serve::State, unsubscribe_page::Page};
use crate::{journal::Fact, queries::find_team};

/// What a mail program posts by RFC 8058; anything else is our page's button.
const ONE_CLICK: &[u8] = b"List-Unsubscribe=One-Click";

/// `GET /u/{token}`: a page with a button. It changes nothing: scanners of mail follow every link.
pub(crate) async fn show(
    Extract(state): Extract<Arc<State>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    match parse(&state, &token) {
        Some(_) => page(StatusCode::OK, Page::Ask, &headers),
        None => page(StatusCode::NOT_FOUND, Page::Unknown, &headers),
    }
}

/// `POST /u/{token}`: 200 once the wish is durable. Neither a cookie nor a redirect (RFC 8058).
pub(crate) async fn leave(
    Extract(state): Extract<Arc<State>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(unsubscribe) = parse(&state, &token) else {
        return page(StatusCode::NOT_FOUND, Page::Unknown, &headers);
    };
    // In a form or in a part of one: providers send both.
    let one_click = body.windows(ONE_CLICK.len()).any(|it| it == ONE_CLICK) || contains_part(&body);
    let means = if one_click {
        UnsubscribeMeans::OneClick
    } else {
        UnsubscribeMeans::Page
    };
    match journal(&state, unsubscribe, means).await {
        Ok(true) => page(StatusCode::OK, Page::Done, &headers),
        Ok(false) => page(StatusCode::NOT_FOUND, Page::Unknown, &headers),
        Err(error) => {
            error!(
                error = format!("{error:#}"),
                "cannot write down who unsubscribes"
            );
            page(StatusCode::SERVICE_UNAVAILABLE, Page::Later, &headers)
        }
    }
}

fn parse(state: &State, token: &str) -> Option<Unsubscribe> {
    parse_unsubscribe_token(state.links_secret.expose_secret().as_bytes(), token)
}

/// As multipart/form-data has it, name and value apart.
fn contains_part(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    text.contains("name=\"List-Unsubscribe\"") && text.contains("One-Click")
}

/// Whether there is such an account. One that was disconnected is left all the same.
async fn journal(
    state: &State,
    unsubscribe: Unsubscribe,
    means: UnsubscribeMeans,
) -> anyhow::Result<bool> {
    let Some(team_id) = find_team(&state.pool, unsubscribe.account_id).await? else {
        return Ok(false);
    };
    let requested = UnsubscribeRequested {
        account_id: to_bytes(unsubscribe.account_id),
        contact_id: to_bytes(unsubscribe.contact_id),
        broadcast_id: to_bytes(unsubscribe.broadcast_id),
        means: means.into(),
        requested_at: Some(to_timestamp(state.journal.clock.now())),
    };
    // Each time is a fact: whoever came back meanwhile, and leaves by an old mail, leaves.
    let event_id = Uuid::now_v7();
    let fact = Fact {
        category: "unsubscribe",
        stream_id: event_id,
        team_id,
        event_id,
        event: requested.into(),
    };
    state.journal.take(fact).await?;
    Ok(true)
}

fn page(status: StatusCode, page: Page, headers: &HeaderMap) -> Response {
    let languages = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let fixed = |text| HeaderValue::from_static(text);
    let headers = [
        (header::CONTENT_TYPE, html),
        (header::CACHE_CONTROL, fixed("no-store")),
        (header::REFERRER_POLICY, fixed("no-referrer")),
        (header::X_FRAME_OPTIONS, fixed("DENY")),
        (
            header::CONTENT_SECURITY_POLICY,
            fixed(
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
            ),
        ),
    ];
    (status, headers, page.html(languages.unwrap_or_default())).into_response()
}
