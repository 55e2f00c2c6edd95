use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Path, Query, Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};

use super::{
    answer::{answer, refuse},
    call::{Call, Send},
    headers,
    insight::Asked,
};
use crate::{
    connection::Connection, endpoint::Endpoint, graph, refusal::Refusal, request, user_id::UserId,
    world::World,
};

const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Read to the end before a refusal, so that the peer is still there to hear it.
const BODY_BYTES_DRAINED_MAX: usize = 4 * BODY_BYTES_MAX;

type Shared = State<Arc<World>>;
type Peer = ConnectInfo<Connection>;

pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/v2/bot/message/push", post(push))
        .route("/v2/bot/message/multicast", post(multicast))
        .route("/v2/bot/message/validate/push", post(validate_push))
        .route(
            "/v2/bot/message/validate/multicast",
            post(validate_multicast),
        )
        .route("/v2/bot/message/quota", get(quota))
        .route("/v2/bot/message/quota/consumption", get(consumption))
        .route("/v2/bot/profile/{user_id}", get(profile))
        .route("/v2/bot/info", get(bot_info))
        .route("/v2/bot/message/aggregation/info", get(units_used))
        .route(
            "/v2/bot/insight/message/event/aggregation",
            get(unit_statistics),
        )
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .with_state(world)
}

async fn push(world: Shared, peer: Peer, request: Request) -> Response {
    send(world, peer, Endpoint::Push, request).await
}

async fn multicast(world: Shared, peer: Peer, request: Request) -> Response {
    send(world, peer, Endpoint::Multicast, request).await
}

async fn send(
    State(world): Shared,
    ConnectInfo(peer): Peer,
    endpoint: Endpoint,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = read(body).await;
    let call = body
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|body| parse_send(endpoint, &parts.headers, body));
    answer(&world, &peer, endpoint, &parts.headers, call).await
}

fn parse_send<'a>(
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: &'a [u8],
) -> Result<Call<'a>, Refusal> {
    let retry_key = headers::retry_key(headers)?;
    headers::require_json(headers)?;
    let request = match endpoint {
        Endpoint::Push => request::push(body)?,
        Endpoint::Multicast
        | Endpoint::ValidatePush
        | Endpoint::ValidateMulticast
        | Endpoint::Quota
        | Endpoint::QuotaConsumption
        | Endpoint::Profile
        | Endpoint::BotInfo
        | Endpoint::UnitsUsed
        | Endpoint::UnitStatistics => request::multicast(body)?,
    };
    Ok(Call::Send(Send::new(retry_key, body, request)))
}

async fn validate_push(world: Shared, peer: Peer, request: Request) -> Response {
    validate(world, peer, Endpoint::ValidatePush, request).await
}

async fn validate_multicast(world: Shared, peer: Peer, request: Request) -> Response {
    validate(world, peer, Endpoint::ValidateMulticast, request).await
}

async fn validate(
    State(world): Shared,
    ConnectInfo(peer): Peer,
    endpoint: Endpoint,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let call = read(body).await.and_then(|body| {
        headers::require_json(&parts.headers)?;
        request::validate(&body)?;
        Ok(Call::Validate)
    });
    answer(&world, &peer, endpoint, &parts.headers, call).await
}

async fn quota(State(world): Shared, ConnectInfo(peer): Peer, headers: HeaderMap) -> Response {
    answer(&world, &peer, Endpoint::Quota, &headers, Ok(Call::Quota)).await
}

async fn consumption(
    State(world): Shared,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
) -> Response {
    let call = Ok(Call::QuotaConsumption);
    answer(&world, &peer, Endpoint::QuotaConsumption, &headers, call).await
}

async fn profile(
    State(world): Shared,
    ConnectInfo(peer): Peer,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Response {
    let call = UserId::parse(&user)
        .map(Call::Profile)
        .ok_or_else(|| Refusal::bad_request("The value for the 'userId' parameter is invalid"));
    answer(&world, &peer, Endpoint::Profile, &headers, call).await
}

async fn units_used(State(world): Shared, ConnectInfo(peer): Peer, headers: HeaderMap) -> Response {
    let call = Ok(Call::UnitsUsed);
    answer(&world, &peer, Endpoint::UnitsUsed, &headers, call).await
}

async fn unit_statistics(
    State(world): Shared,
    ConnectInfo(peer): Peer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let call = asked.check().map(|()| Call::UnitStatistics(asked));
    answer(&world, &peer, Endpoint::UnitStatistics, &headers, call).await
}

async fn bot_info(State(world): Shared, ConnectInfo(peer): Peer, headers: HeaderMap) -> Response {
    answer(
        &world,
        &peer,
        Endpoint::BotInfo,
        &headers,
        Ok(Call::BotInfo),
    )
    .await
}

/// LINE takes no path but the exact one; Graph's begin with a version or with an id.
async fn not_found(State(world): Shared, ConnectInfo(peer): Peer, request: Request) -> Response {
    if graph::is_graph_path(request.uri().path()) {
        return graph::answer(&world, &peer, request).await;
    }
    let request = world.state().number();
    refuse(&world, request, &Refusal::not_found())
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large");
    let body = to_bytes(body, BODY_BYTES_DRAINED_MAX)
        .await
        .map_err(|_| too_large())?;
    if body.len() > BODY_BYTES_MAX {
        return Err(too_large());
    }
    Ok(body)
}
