use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::stream;
use serde_json::{Value, json};

use super::{
    asset::Call,
    error::GraphError,
    request::{GraphRequest, version},
    signature::id_from,
    state::{Delay, Graph, Outcome, Reply},
};
use crate::{connection::Connection, world::World};

const BODY_BYTES_MAX: usize = 110 * 1024 * 1024;
const HTML: &str = "<!DOCTYPE html><html><body><h1>Sorry, something went wrong.</h1></body></html>";

/// Whether a path that LINE does not have is one of Graph's: a version first, or a node's id.
pub(crate) fn is_graph_path(path: &str) -> bool {
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let is_id = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    is_id || first == "me" || version(first).is_some()
}

pub(crate) async fn answer(world: &World, peer: &Connection, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return Response::new(Body::empty());
    };
    let parsed = GraphRequest::parse(&parts.method, &parts.uri, &parts.headers, &body);
    let (reply, trace) = reply(world, parsed);
    respond(reply, &trace, peer).await
}

/// Under the lock, which is never held across an await.
fn reply(world: &World, parsed: Result<GraphRequest, GraphError>) -> (Reply, String) {
    let mut state = world.state();
    let number = state.number();
    let (seed, now) = (world.seed(), world.clock.now());
    let trace = format!("A{}", id_from(seed, "trace", number));
    let perform = |graph: &mut Graph, request: &GraphRequest, number| {
        graph.answer(Call {
            request,
            number,
            seed,
            now,
        })
    };
    let reply = match parsed.and_then(|request| Ok((request.batch()?, request))) {
        Err(error) => Reply::refused(error),
        Ok((None, request)) => perform(&mut state.graph, &request, number),
        Ok((Some(entries), _)) => {
            let mut answers = Vec::with_capacity(entries.len());
            for entry in entries {
                let number = state.number();
                let reply = match entry {
                    Ok(request) => perform(&mut state.graph, &request, number),
                    Err(error) => Reply::refused(error),
                };
                answers.push(in_batch(&reply, &trace));
            }
            Reply {
                outcome: Outcome::Answer(Value::Array(answers)),
                ..Reply::default()
            }
        }
    };
    (reply, trace)
}

/// One entry of a batch's answer: null where a request of its own would get no answer.
fn in_batch(reply: &Reply, trace: &str) -> Value {
    let (code, body) = match &reply.outcome {
        Outcome::Answer(value) => (200, value.to_string()),
        Outcome::Refused(error) => (error.status(), error.body(trace).to_string()),
        Outcome::Broken(status) => (*status, HTML.to_owned()),
        Outcome::Dropped => return Value::Null,
    };
    let headers = json!([{ "name": "Content-Type", "value": "application/json" }]);
    json!({ "code": code, "headers": headers, "body": body })
}

async fn respond(reply: Reply, trace: &str, peer: &Connection) -> Response {
    let (status, body, media_type) = match reply.outcome {
        Outcome::Answer(value) => (200, value.to_string(), "application/json; charset=UTF-8"),
        Outcome::Refused(error) => {
            let body = GraphError::body(&error, trace).to_string();
            (error.status(), body, "application/json; charset=UTF-8")
        }
        Outcome::Broken(status) => (status, HTML.to_owned(), "text/html"),
        Outcome::Dropped => {
            peer.cut();
            return Response::new(Body::empty());
        }
    };
    let body = match reply.delay {
        None => Body::from(body),
        Some(Delay::Answer(delay)) => {
            tokio::time::sleep(delay).await;
            Body::from(body)
        }
        Some(Delay::Body(delay)) => slowly(body, delay),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    put(headers, "x-fb-trace-id", trace);
    if let Some((business, app)) = reply.usage {
        put(headers, "x-business-use-case-usage", &business.to_string());
        put(headers, "x-app-usage", &app.to_string());
    }
    response
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Half of the body at once, the rest after the delay.
fn slowly(body: String, delay: Duration) -> Body {
    let mut first = Bytes::from(body);
    let rest = first.split_off(first.len() / 2);
    let halves = stream::unfold(Some((first, Some(rest))), move |state| async move {
        let (now, rest) = state?;
        if rest.is_none() {
            tokio::time::sleep(delay).await;
        }
        Some((Ok::<_, std::io::Error>(now), rest.map(|rest| (rest, None))))
    });
    Body::from_stream(halves)
}
