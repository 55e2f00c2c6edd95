use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::Serializer as _;
use serde_json::{json, value::RawValue};

use super::types::{AdvanceClock, ChannelInfo, ReceivedSend, SetFaults};
use crate::{
    channel::{Channel, ChannelSettings, Population, Totals, UserState},
    clock::millis,
    faults::Faults,
    outside::Outside,
    population::{self, ActPlan, Acted},
    user_id::UserId,
    webhook::{self, Posted, WebhookPlan},
    world::World,
};

#[derive(Debug)]
struct Controlled {
    world: Arc<World>,
    outside: Outside,
}

type Shared = State<Arc<Controlled>>;

pub(crate) fn routes(world: Arc<World>, outside: Outside) -> Router {
    let channel = Router::new()
        .route("/", put(configure))
        .route("/users", put(set_users))
        .route("/population", put(set_population))
        .route("/totals", get(totals))
        .route("/deliveries", get(deliveries))
        .route("/deliveries/{user}", get(deliveries_to))
        .route("/act", post(act))
        .route("/webhooks", post(webhooks));
    Router::new()
        .nest("/_control/channels/{channel}", channel)
        .route("/_control/faults", put(set_faults))
        .route("/_control/clock", post(advance_clock))
        .route("/_control/reset", post(reset))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(Controlled { world, outside }))
}

/// What went wrong, for whoever wrote the test.
struct Failed(StatusCode, String);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "message": self.1 }))).into_response()
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"))
    }
}

impl Controlled {
    fn with<T>(&self, id: &str, use_it: impl FnOnce(&mut Channel) -> T) -> Result<T, Failed> {
        match self.world.state().channels.get_mut(id) {
            Some(channel) => Ok(use_it(channel)),
            None => Err(Failed(
                StatusCode::NOT_FOUND,
                format!("there is no channel {id}"),
            )),
        }
    }
}

async fn configure(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(settings): Json<ChannelSettings>,
) -> Result<Json<ChannelInfo>, Failed> {
    let now = controlled.world.clock.now();
    controlled.world.state().configure(&id, settings, now);
    let bot_user_id = controlled.with(&id, |channel| channel.bot)?;
    Ok(Json(ChannelInfo { bot_user_id }))
}

async fn set_users(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(states): Json<HashMap<UserId, UserState>>,
) -> Result<StatusCode, Failed> {
    controlled.with(&id, |channel| {
        for (user, state) in states {
            channel.users.set(user, state);
        }
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_population(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(population): Json<Population>,
) -> Result<StatusCode, Failed> {
    controlled.with(&id, |channel| channel.users.population = population)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn totals(State(controlled): Shared, Path(id): Path<String>) -> Result<Json<Totals>, Failed> {
    let now = controlled.world.clock.now();
    controlled
        .with(&id, |channel| channel.totals(now))
        .map(Json)
}

async fn deliveries(State(controlled): Shared, Path(id): Path<String>) -> Result<Response, Failed> {
    let written = controlled.with(&id, |channel| {
        let mut body = Vec::new();
        serde_json::Serializer::new(&mut body)
            .collect_map(channel.users.deliveries())
            .map(|()| body)
    })?;
    let body = written.map_err(anyhow::Error::from)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn deliveries_to(
    State(controlled): Shared,
    Path((id, user)): Path<(String, UserId)>,
) -> Result<Json<Vec<ReceivedSend>>, Failed> {
    let world = &controlled.world;
    let received = controlled.with(&id, |channel| {
        let Some(number) = channel.users.number(user) else {
            return Ok(Vec::new());
        };
        let sends = channel.journal.iter();
        sends
            .flat_map(|send| {
                send.to
                    .iter()
                    .filter(|to| **to == number)
                    .map(move |_| send)
            })
            .map(|send| {
                Ok(ReceivedSend {
                    request_id: world.request_id(send.request),
                    retry_key: send.retry_key,
                    messages: RawValue::from_string(send.messages.to_string())?,
                    at_ms: millis(send.at),
                })
            })
            .collect::<Result<_, serde_json::Error>>()
    })?;
    Ok(Json(received.map_err(anyhow::Error::from)?))
}

async fn act(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(plan): Json<ActPlan>,
) -> Result<Json<Acted>, Failed> {
    let client = controlled.outside.client().await?;
    let crowd = controlled.with(&id, |channel| population::gather(channel, &plan))?;
    let (acted, jars) = population::act(crowd, &plan, client, &controlled.world.clock).await;
    controlled.with(&id, |channel| channel.jars.extend(jars))?;
    Ok(Json(acted))
}

async fn webhooks(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(plan): Json<WebhookPlan>,
) -> Result<Json<Vec<Posted>>, Failed> {
    let client = controlled.outside.client().await?;
    let now = controlled.world.clock.now();
    let prepared = controlled.with(&id, |channel| webhook::prepare(channel, &plan, now))?;
    Ok(Json(webhook::deliver(prepared?, &plan, client).await))
}

async fn set_faults(State(controlled): Shared, Json(set): Json<SetFaults>) -> StatusCode {
    controlled.world.state().faults = Faults::new(set.seed, set.faults);
    StatusCode::NO_CONTENT
}

async fn advance_clock(State(controlled): Shared, Json(by): Json<AdvanceClock>) -> StatusCode {
    let by = Duration::from_millis(by.advance_ms);
    controlled.world.clock.advance(by);
    StatusCode::NO_CONTENT
}

async fn reset(State(controlled): Shared) -> StatusCode {
    let now = controlled.world.clock.now();
    controlled.world.state().reset(now);
    StatusCode::NO_CONTENT
}
