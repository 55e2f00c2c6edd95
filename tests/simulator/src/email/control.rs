use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    faults::{MailFault, MailFaults},
    reports::{MailReported, report},
    settings::{MailSettings, MailboxState},
    state::{MailDelivery, MailServer, MailTotals},
};
use crate::{outside::Outside, world::World};

#[derive(Debug)]
struct Controlled {
    world: Arc<World>,
    outside: Outside,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetMailFaults {
    #[serde(default)]
    pub(super) seed: u64,
    pub(super) faults: Vec<MailFault>,
}

type Shared = State<Arc<Controlled>>;

pub(crate) fn routes(world: Arc<World>) -> Router {
    let mail = Router::new()
        .route("/", put(configure))
        .route("/mailboxes", put(set_mailboxes))
        .route("/faults", put(set_faults))
        .route("/totals", get(totals))
        .route("/deliveries", get(deliveries))
        .route("/deliveries/{address}", get(deliveries_to))
        .route("/reports", post(reports));
    let outside = Outside::new();
    Router::new()
        .nest("/_control/mail", mail)
        .with_state(Arc::new(Controlled { world, outside }))
}

impl Controlled {
    fn server<T>(&self, use_it: impl FnOnce(&mut MailServer) -> T) -> T {
        use_it(&mut self.world.state().mail)
    }
}

async fn configure(State(controlled): Shared, Json(settings): Json<MailSettings>) -> StatusCode {
    controlled.server(|server| server.settings = settings);
    StatusCode::NO_CONTENT
}

async fn set_mailboxes(
    State(controlled): Shared,
    Json(states): Json<HashMap<String, MailboxState>>,
) -> StatusCode {
    let lower = |(address, state): (String, _)| (address.to_ascii_lowercase(), state);
    controlled.server(|server| server.mailboxes.extend(states.into_iter().map(lower)));
    StatusCode::NO_CONTENT
}

async fn set_faults(State(controlled): Shared, Json(set): Json<SetMailFaults>) -> StatusCode {
    controlled.server(|server| server.faults = MailFaults::new(set.seed, set.faults));
    StatusCode::NO_CONTENT
}

async fn totals(State(controlled): Shared) -> Json<MailTotals> {
    Json(controlled.server(|server| server.totals()))
}

async fn deliveries(State(controlled): Shared) -> Json<Vec<MailDelivery>> {
    Json(controlled.server(|server| server.deliveries.clone()))
}

async fn deliveries_to(
    State(controlled): Shared,
    Path(address): Path<String>,
) -> Json<Vec<MailDelivery>> {
    let is_theirs = |it: &&MailDelivery| it.to.eq_ignore_ascii_case(&address);
    Json(controlled.server(|server| {
        server
            .deliveries
            .iter()
            .filter(is_theirs)
            .cloned()
            .collect()
    }))
}

/// The reports about what was delivered since the last time, posted one after the other.
async fn reports(State(controlled): Shared) -> Response {
    let (mut reports, settings) = controlled.server(|server| {
        let fresh = server.deliveries.get(server.reported..).unwrap_or_default();
        let reports: Vec<MailReported> = fresh
            .iter()
            .filter_map(|delivery| report(server.mailbox(&delivery.to), delivery))
            .collect();
        server.reported = server.deliveries.len();
        (reports, server.settings.clone())
    });
    if let Some(url) = &settings.report_url {
        let client = match controlled.outside.client().await {
            Ok(client) => client,
            Err(error) => {
                let message = json!({ "message": format!("{error:#}") });
                return (StatusCode::INTERNAL_SERVER_ERROR, Json(message)).into_response();
            }
        };
        for report in &mut reports {
            report.status = post_report(client, url, &settings.report_token, &report.raw).await;
        }
    }
    Json(reports).into_response()
}

async fn post_report(client: &Client, url: &str, token: &str, raw: &str) -> Option<u16> {
    let request = client.post(url).bearer_auth(token);
    let request = request.header("content-type", "message/rfc822");
    let answer = request.body(raw.to_owned()).send().await.ok()?;
    Some(answer.status().as_u16())
}
