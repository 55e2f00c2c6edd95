use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use simulator::ActPlan;
use tokio::{net::TcpListener, task::JoinSet};

use crate::app::{App, CHANNEL, answer, text, users};

/// A link that gives each new browser a number, in a cookie and in the place it redirects to.
struct Link {
    address: SocketAddr,
    visits: Arc<Mutex<Visits>>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Visits {
    browsers: u32,
    by_visitor: BTreeMap<String, u32>,
    bots: u64,
}

impl Link {
    async fn start() -> Self {
        let visits = Arc::<Mutex<Visits>>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new()
            .fallback(visit)
            .with_state(Arc::clone(&visits));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            address,
            visits,
            _server: server,
        }
    }

    async fn sent_to(&self, people: u64) -> App {
        let app = App::start().await;
        let offer = text(&format!("Sale: http://{}/r/1。Hurry!", self.address));
        let body = json!({ "to": users(people), "messages": [offer] });
        answer(app.post("/v2/bot/message/multicast", &body)).await;
        app
    }
}

async fn visit(State(visits): State<Arc<Mutex<Visits>>>, headers: HeaderMap) -> Response {
    let mut visits = visits.lock().unwrap();
    let agent = headers[header::USER_AGENT].to_str().unwrap();
    if !agent.starts_with("Mozilla/") {
        visits.bots += 1;
        return StatusCode::OK.into_response();
    }
    let known = headers
        .get(header::COOKIE)
        .and_then(|cookie| cookie.to_str().ok()?.strip_prefix("visitor="));
    let visitor = known.map_or_else(
        || {
            visits.browsers += 1;
            format!("v{}", visits.browsers)
        },
        str::to_owned,
    );
    *visits.by_visitor.entry(visitor.clone()).or_default() += 1;
    let headers = [
        (header::SET_COOKIE, format!("visitor={visitor}; HttpOnly")),
        (header::LOCATION, format!("/shop?a=1&ffv={visitor}")),
    ];
    (StatusCode::FOUND, headers).into_response()
}

#[tokio::test]
async fn the_same_people_click_under_the_same_seed() {
    let link = Link::start().await;
    let plan = ActPlan {
        seed: 9,
        click_probability: 0.3,
        ..ActPlan::default()
    };
    let first = link.sent_to(300).await.control.act(CHANNEL, &plan).await;
    let second = link.sent_to(300).await.control.act(CHANNEL, &plan).await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!((60..120).contains(&first.clicked_people), "{first:?}");
    assert!(first.by_user.keys().eq(second.by_user.keys()));
    assert_eq!(first.read_people, second.read_people);
}

#[tokio::test]
async fn who_clicked_is_told_with_the_visitor_that_the_link_made_of_them() {
    let link = Link::start().await;
    let app = link.sent_to(20).await;
    let plan = ActPlan {
        click_probability: 1.0,
        double_click_probability: 1.0,
        bot_probability: 0.0,
        ..ActPlan::default()
    };
    let acted = app.control.act(CHANNEL, &plan).await.unwrap();
    assert_eq!((acted.clicked_people, acted.clicks), (20, 40));
    let visits = link.visits.lock().unwrap();
    assert_eq!(visits.browsers, 20);
    for clicked in acted.by_user.values() {
        let visitor = clicked.visitor_id.as_ref().unwrap();
        assert_eq!(visits.by_visitor[visitor], 2);
        assert!(clicked.clicked_at_ms > 0);
    }
}

#[tokio::test]
async fn bots_look_and_are_not_people() {
    let link = Link::start().await;
    let app = link.sent_to(50).await;
    let plan = ActPlan {
        click_probability: 0.0,
        bot_probability: 0.5,
        ..ActPlan::default()
    };
    let acted = app.control.act(CHANNEL, &plan).await.unwrap();
    assert_eq!(acted.clicked_people, 0);
    assert!(acted.bot_fetches > 10);
    assert_eq!(link.visits.lock().unwrap().bots, acted.bot_fetches);
}

#[tokio::test]
async fn people_act_on_a_delivery_once_and_come_back_as_themselves() {
    let link = Link::start().await;
    let app = link.sent_to(5).await;
    let plan = ActPlan {
        click_probability: 1.0,
        double_click_probability: 0.0,
        ..ActPlan::default()
    };
    let first = app.control.act(CHANNEL, &plan).await.unwrap();
    let nothing = app.control.act(CHANNEL, &plan).await.unwrap();
    assert_eq!(nothing.clicks, 0);

    let again = ActPlan {
        from_the_start: true,
        ..plan
    };
    let again = app.control.act(CHANNEL, &again).await.unwrap();
    assert_eq!(again.clicked_people, 5);
    for (user, clicked) in &first.by_user {
        assert_eq!(clicked.visitor_id, again.by_user[user].visitor_id);
    }
}

#[tokio::test]
async fn a_link_that_fails_is_no_click() {
    let app = App::start().await;
    let gone = format!("{}/gone", app.simulator.url());
    let body = json!({ "to": users(3), "messages": [text(&gone)] });
    answer(app.post("/v2/bot/message/multicast", &body)).await;
    let plan = ActPlan {
        click_probability: 1.0,
        double_click_probability: 0.0,
        ..ActPlan::default()
    };
    let acted = app.control.act(CHANNEL, &plan).await.unwrap();
    assert_eq!((acted.clicked_people, acted.failed_clicks), (0, 3));
}
