use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Graph, GraphPosted, GraphTotals, Posting, Received, deliver, faults::GraphFault,
    faults::GraphFaults,
};
use crate::{
    messenger::{Page, PagePlan, PageSettings, PersonState},
    outside::Outside,
    whatsapp::{ConsumerState, Phone, PhonePlan, PhoneSettings, TemplateSettings},
    world::World,
};

#[derive(Debug)]
struct Controlled {
    world: Arc<World>,
    outside: Outside,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetGraphFaults {
    #[serde(default)]
    pub(super) seed: u64,
    pub(super) faults: Vec<GraphFault>,
}

/// Whether the endpoint gave the challenge back, and to a wrong token did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verified {
    pub(super) verified: bool,
}

type Shared = State<Arc<Controlled>>;
type Answer<T> = Result<Json<T>, Failed>;

pub(crate) fn routes(world: Arc<World>) -> Router {
    let phone = Router::new()
        .route("/", put(set_phone))
        .route("/users", put(set_consumers))
        .route("/templates", put(set_templates))
        .route("/totals", get(phone_totals))
        .route("/deliveries", get(phone_deliveries))
        .route("/deliveries/{user}", get(phone_deliveries_to))
        .route("/webhooks", post(phone_webhooks))
        .route("/verify", post(phone_verify));
    let page = Router::new()
        .route("/", put(set_page))
        .route("/users", put(set_people))
        .route("/totals", get(page_totals))
        .route("/deliveries", get(page_deliveries))
        .route("/deliveries/{user}", get(page_deliveries_to))
        .route("/webhooks", post(page_webhooks))
        .route("/verify", post(page_verify));
    Router::new()
        .nest("/_control/phones/{id}", phone)
        .nest("/_control/pages/{id}", page)
        .route("/_control/graph/faults", put(set_faults))
        .with_state(Arc::new(Controlled {
            world,
            outside: Outside::new(),
        }))
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
    fn phone<T>(&self, id: &str, use_it: impl FnOnce(&mut Phone) -> T) -> Result<T, Failed> {
        let missing = || Failed(StatusCode::NOT_FOUND, format!("there is no phone {id}"));
        self.graph(|graph| graph.phones.get_mut(id).map(use_it))
            .ok_or_else(missing)
    }

    fn page<T>(&self, id: &str, use_it: impl FnOnce(&mut Page) -> T) -> Result<T, Failed> {
        let missing = || Failed(StatusCode::NOT_FOUND, format!("there is no page {id}"));
        self.graph(|graph| graph.pages.get_mut(id).map(use_it))
            .ok_or_else(missing)
    }

    fn graph<T>(&self, use_it: impl FnOnce(&mut Graph) -> T) -> T {
        use_it(&mut self.world.state().graph)
    }

    async fn post(&self, posting: anyhow::Result<Posting>) -> Answer<Vec<GraphPosted>> {
        let client = self.outside.client().await?;
        Ok(Json(deliver(posting?, client).await))
    }

    /// Asks as Meta does when an endpoint is entered: with the right token, and with another.
    async fn verify(&self, url: Option<String>, token: &str) -> Answer<Verified> {
        let url = url.ok_or_else(|| anyhow::anyhow!("there is no webhook_url"))?;
        let client = self.outside.client().await?;
        let challenge = "1158201444";
        let ask = async |token: &str| -> Option<(u16, String)> {
            let query = [
                ("hub.mode", "subscribe"),
                ("hub.verify_token", token),
                ("hub.challenge", challenge),
            ];
            let url = reqwest::Url::parse_with_params(&url, query).ok()?;
            let answer = client.get(url).send().await.ok()?;
            Some((answer.status().as_u16(), answer.text().await.ok()?))
        };
        let right = ask(token).await == Some((200, challenge.to_owned()));
        let wrong = ask("not the token").await.map(|(status, _)| status);
        let verified = right && wrong == Some(403);
        Ok(Json(Verified { verified }))
    }
}

async fn set_phone(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(settings): Json<PhoneSettings>,
) -> StatusCode {
    let now = controlled.world.clock.now();
    controlled.graph(|graph| match graph.phones.get_mut(&id) {
        Some(phone) => phone.configure(settings, now),
        None => {
            let phone = Phone::new(id.clone(), settings, now);
            graph.phones.insert(id, phone);
        }
    });
    StatusCode::NO_CONTENT
}

async fn set_page(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(settings): Json<PageSettings>,
) -> StatusCode {
    let now = controlled.world.clock.now();
    controlled.graph(|graph| match graph.pages.get_mut(&id) {
        Some(page) => page.configure(settings, now),
        None => {
            let page = Page::new(id.clone(), settings, now);
            graph.pages.insert(id, page);
        }
    });
    StatusCode::NO_CONTENT
}

async fn set_consumers(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(states): Json<HashMap<String, ConsumerState>>,
) -> Result<StatusCode, Failed> {
    controlled.phone(&id, |phone| phone.consumers.extend(states))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_templates(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(templates): Json<Vec<TemplateSettings>>,
) -> Result<StatusCode, Failed> {
    controlled.phone(&id, |phone| phone.settings.templates = templates)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_people(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(states): Json<HashMap<String, PersonState>>,
) -> Result<StatusCode, Failed> {
    controlled.page(&id, |page| page.people.extend(states))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn phone_totals(State(controlled): Shared, Path(id): Path<String>) -> Answer<GraphTotals> {
    controlled
        .phone(&id, |phone| phone.journal.totals())
        .map(Json)
}

async fn page_totals(State(controlled): Shared, Path(id): Path<String>) -> Answer<GraphTotals> {
    controlled.page(&id, |page| page.journal.totals()).map(Json)
}

async fn phone_deliveries(
    State(controlled): Shared,
    Path(id): Path<String>,
) -> Answer<Vec<Received>> {
    controlled
        .phone(&id, |phone| phone.journal.received(None))
        .map(Json)
}

async fn phone_deliveries_to(
    State(controlled): Shared,
    Path((id, user)): Path<(String, String)>,
) -> Answer<Vec<Received>> {
    controlled
        .phone(&id, |phone| phone.journal.received(Some(&user)))
        .map(Json)
}

async fn page_deliveries(
    State(controlled): Shared,
    Path(id): Path<String>,
) -> Answer<Vec<Received>> {
    controlled
        .page(&id, |page| page.journal.received(None))
        .map(Json)
}

async fn page_deliveries_to(
    State(controlled): Shared,
    Path((id, user)): Path<(String, String)>,
) -> Answer<Vec<Received>> {
    controlled
        .page(&id, |page| page.journal.received(Some(&user)))
        .map(Json)
}

async fn phone_webhooks(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(plan): Json<PhonePlan>,
) -> Answer<Vec<GraphPosted>> {
    let now = controlled.world.clock.now();
    let posting = controlled.phone(&id, |phone| phone.webhooks(&plan, now))?;
    controlled.post(posting).await
}

async fn page_webhooks(
    State(controlled): Shared,
    Path(id): Path<String>,
    Json(plan): Json<PagePlan>,
) -> Answer<Vec<GraphPosted>> {
    let now = controlled.world.clock.now();
    let posting = controlled.page(&id, |page| page.webhooks(&plan, now))?;
    controlled.post(posting).await
}

async fn phone_verify(State(controlled): Shared, Path(id): Path<String>) -> Answer<Verified> {
    let settings = controlled.phone(&id, |phone| phone.settings.clone())?;
    controlled
        .verify(settings.webhook_url, &settings.verify_token)
        .await
}

async fn page_verify(State(controlled): Shared, Path(id): Path<String>) -> Answer<Verified> {
    let settings = controlled.page(&id, |page| page.settings.clone())?;
    controlled
        .verify(settings.webhook_url, &settings.verify_token)
        .await
}

async fn set_faults(State(controlled): Shared, Json(set): Json<SetGraphFaults>) -> StatusCode {
    controlled.graph(|graph| graph.faults = GraphFaults::new(set.seed, set.faults));
    StatusCode::NO_CONTENT
}
