//! A Graph API of a few lines: it keeps what it is asked, and answers what it is told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use channels::{Timeouts, meta::Graph};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct Say {
    status: u16,
    body: String,
    header: Option<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Default)]
struct Script {
    asked: Vec<Asked>,
    answers: VecDeque<Say>,
}

pub(crate) struct FakeGraph {
    script: Arc<Mutex<Script>>,
    pub(crate) graph: Graph,
    _server: JoinSet<()>,
}

impl FakeGraph {
    pub(crate) async fn answering(answers: Vec<Say>) -> Self {
        let script = Arc::new(Mutex::new(Script {
            answers: answers.into(),
            ..Script::default()
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&script));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            script,
            graph: Graph::try_new(&url, "v25.0", Timeouts::default()).unwrap(),
            _server: server,
        }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    /// What the only request was.
    pub(crate) fn only(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1);
        asked.remove(0)
    }
}

impl Say {
    pub(crate) fn ok(body: &Value) -> Self {
        Self::with(200, body)
    }

    pub(crate) fn with(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
            header: None,
        }
    }

    pub(crate) fn header(self, name: &'static str, value: &str) -> Self {
        let header = (HeaderName::from_static(name), value.parse().unwrap());
        Self {
            header: Some(header),
            ..self
        }
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut script = script.lock().unwrap();
    script.asked.push(Asked {
        method,
        uri,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let say = script.answers.pop_front().unwrap();
    let status = StatusCode::from_u16(say.status).unwrap();
    let mut response = (status, say.body).into_response();
    if let Some((name, value)) = say.header {
        response.headers_mut().insert(name, value);
    }
    response
}
