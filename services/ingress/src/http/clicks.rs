use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State as Extract},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use broadcast_domain::{ParsedLink, parse_link_token};
use events::{
    ingested::{LinkClicked, VisitorKind},
    to_bytes, to_timestamp,
};
use secrecy::ExposeSecret as _;
use tokio::time::timeout;
use tracing::{error, warn};
use uuid::Uuid;

use super::{serve::State, visitor};
use crate::{
    journal::Fact,
    queries::{Link, find_link},
};

/// A person waits no longer than this for a click to be written down.
const JOURNAL_TIMEOUT: Duration = Duration::from_secs(1);

/// `GET /r/{token}`: writes the click down and leads on. One hop, and only to where the link's
/// own broadcast said. A HEAD request leads on too, and does not count.
pub(crate) async fn follow(
    Extract(state): Extract<Arc<State>>,
    method: Method,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let secret = state.links_secret.expose_secret().as_bytes();
    let Some(parsed) = parse_link_token(secret, &token) else {
        return not_found();
    };
    let link_id = parsed.link_id;
    let link = match find_link(&state.pool, link_id).await {
        Ok(Some(link)) => link,
        Ok(None) => return not_found(),
        Err(error) => {
            error!(
                error = &error as &dyn std::error::Error,
                "cannot look a link up"
            );
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let visitor = visitor::from_cookie(&headers).unwrap_or_else(Uuid::new_v4);
    if method == Method::HEAD {
        return lead(&link, visitor);
    }
    let clicked = journal(&state, parsed, &link, visitor, kind(&headers));
    if timeout(JOURNAL_TIMEOUT, clicked).await.is_err() {
        // The append goes on without its caller; the person is not held up.
        warn!(link.id = %link_id, "a click took long to write down");
    }
    lead(&link, visitor)
}

async fn journal(state: &State, parsed: ParsedLink, link: &Link, visitor: Uuid, kind: VisitorKind) {
    let link_id = parsed.link_id;
    let clicked = LinkClicked {
        link_id: to_bytes(link_id),
        broadcast_id: to_bytes(link.broadcast_id),
        visitor_id: to_bytes(visitor),
        visitor_kind: kind.into(),
        clicked_at: Some(to_timestamp(state.journal.clock.now())),
        contact_id: parsed.contact_id.map(to_bytes).unwrap_or_default(),
    };
    let event_id = Uuid::now_v7();
    let fact = Fact {
        category: "click",
        stream_id: event_id,
        team_id: link.team_id,
        event_id,
        event: clicked.into(),
    };
    if let Err(error) = state.journal.take(fact).await {
        error!(link.id = %link_id, error = &error as &dyn std::error::Error, "a click was lost");
    }
}

fn kind(headers: &HeaderMap) -> VisitorKind {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    if agent.is_empty() || crawlers().is_bot(agent) {
        VisitorKind::Bot
    } else {
        VisitorKind::Person
    }
}

fn crawlers() -> &'static isbot::Bots {
    static CRAWLERS: std::sync::LazyLock<isbot::Bots> = std::sync::LazyLock::new(|| {
        let mut bots = isbot::Bots::default();
        // Link previews of the channels themselves, whatever the list says of them.
        bots.append(&["facebookexternalhit", "line-poker", "whatsapp/"]);
        bots
    });
    &CRAWLERS
}

fn lead(link: &Link, visitor: Uuid) -> Response {
    let target = HeaderValue::from_str(&visitor::with_visitor(&link.target_url, visitor));
    let cookie = HeaderValue::from_str(&visitor::to_cookie(visitor));
    let (Ok(target), Ok(cookie)) = (target, cookie) else {
        return not_found();
    };
    let no_store = HeaderValue::from_static("no-store");
    let headers = [
        (header::LOCATION, target),
        (header::SET_COOKIE, cookie),
        (header::CACHE_CONTROL, no_store),
    ];
    (StatusCode::FOUND, headers).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "This link is not one of ours.").into_response()
}
