use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use serde_json::Value;

use super::{
    call::Call,
    headers::{bearer, refuse_retry_key},
};
use crate::{
    channel::Outcome,
    connection::Connection,
    endpoint::Endpoint,
    faults::FaultKind,
    refusal::Refusal,
    world::{Arrival, World},
};

/// Why a request is not answered 200.
#[derive(Debug)]
enum Stop {
    Refused(Refusal),
    /// Something that is not LINE answers.
    Broken(StatusCode),
    Dropped,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Lets a request in, does what it asks, and answers it, unless a fault comes between.
pub(super) async fn answer(
    world: &World,
    peer: &Connection,
    endpoint: Endpoint,
    headers: &HeaderMap,
    call: Result<Call<'_>, Refusal>,
) -> Response {
    let arrived = world.state().arrive(bearer(headers), endpoint);
    let request = world.state().number();
    let arrival = match arrived {
        Ok(arrival) => arrival,
        Err(refusal) => return refuse(world, request, &refusal),
    };
    let call = call.and_then(|call| {
        if !endpoint.sends() {
            refuse_retry_key(headers)?;
        }
        Ok(call)
    });

    let result = perform(world, &arrival, endpoint, request, call);
    count(world, &arrival, endpoint, &result);
    if let (Ok(_), Some(FaultKind::SlowAnswer { delay_ms })) = (&result, arrival.fault) {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
    match result {
        Ok(body) => respond(world, request, StatusCode::OK, &body),
        Err(Stop::Refused(refusal)) => refuse(world, request, &refusal),
        Err(Stop::Broken(status)) => broken(status),
        Err(Stop::Dropped) => {
            peer.cut();
            Response::new(Body::empty())
        }
    }
}

pub(super) fn refuse(world: &World, request: u64, refusal: &Refusal) -> Response {
    let mut response = respond(world, request, refusal.status, &refusal.body);
    if let Some(accepted) = refusal.accepted {
        let id = request_id(world, accepted);
        response
            .headers_mut()
            .insert("x-line-accepted-request-id", id);
    }
    response
}

fn perform(
    world: &World,
    arrival: &Arrival,
    endpoint: Endpoint,
    request: u64,
    call: Result<Call<'_>, Refusal>,
) -> Result<Value, Stop> {
    let now = world.clock.now();
    let mut state = world.state();
    let channel = state.admit(arrival, endpoint, now)?;
    let call = call?;
    call.begin(channel, endpoint, now)?;
    let befallen_by = |fault| arrival.fault == Some(fault);
    if befallen_by(FaultKind::DropBeforeAccept) {
        return Err(Stop::Dropped);
    }
    if befallen_by(FaultKind::ErrorBeforeAccept) {
        return Err(Refusal::internal().into());
    }
    if let Some(FaultKind::Refuse { status }) = arrival.fault {
        return Err(Refusal::new(status_of(status), "As the fault says").into());
    }
    if let Some(FaultKind::Broken { status }) = arrival.fault {
        return Err(Stop::Broken(status_of(status)));
    }
    let body = call.perform(channel, endpoint, request, now)?;
    if befallen_by(FaultKind::DropAfterAccept) {
        return Err(Stop::Dropped);
    }
    if befallen_by(FaultKind::ErrorAfterAccept) {
        return Err(Refusal::internal().into());
    }
    Ok(body)
}

/// What is no status is an error of ours.
fn status_of(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn broken(status: StatusCode) -> Response {
    let page = format!("<html><body><h1>{status}</h1></body></html>");
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn count(world: &World, arrival: &Arrival, endpoint: Endpoint, result: &Result<Value, Stop>) {
    let outcome = match result {
        Ok(_) => Outcome::Status(200),
        Err(Stop::Refused(refusal)) => Outcome::Status(refusal.status.as_u16()),
        Err(Stop::Broken(status)) => Outcome::Status(status.as_u16()),
        Err(Stop::Dropped) => Outcome::Dropped,
    };
    if let Some(channel) = world.state().channels.get_mut(&arrival.channel) {
        channel.count(endpoint, outcome);
    }
}

fn respond(world: &World, request: u64, status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert("x-line-request-id", request_id(world, request));
    response
}

fn request_id(world: &World, request: u64) -> HeaderValue {
    let id = world.request_id(request).to_string();
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static(""))
}
