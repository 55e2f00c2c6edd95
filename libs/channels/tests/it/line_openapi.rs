//! LINE's own `OpenAPI` validates what our client sends and what the double answers. It is read where somebody has it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::Method, http::Uri};
use channels::line::{
    Button, Card, Message, MessageContent, QuickReply, messages_json, multicast_body,
};
use serde_json::{Value, json};
use simulator::{ChannelSettings, Fault, FaultKind};
use tokio::{io::AsyncWriteExt as _, net::TcpListener, task::JoinSet};
use uuid::Uuid;

use crate::{
    app::{App, TOKEN, client, text, user_ids},
    python::environment,
};

const PYTHON: [&str; 2] = ["openapi-schema-validator==0.9.0", "PyYAML==6.0.3"];

/// Between our client and the double: it passes everything on, and keeps both sides.
#[derive(Clone)]
struct Recorder {
    to: String,
    http: reqwest::Client,
    calls: Arc<Mutex<Vec<Value>>>,
}

async fn record(
    State(recorder): State<Recorder>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> (axum::http::StatusCode, HeaderMap, Bytes) {
    headers.remove("host");
    let url = format!("{}{uri}", recorder.to);
    let request = recorder.http.request(method.clone(), url).headers(headers);
    let answer = request.body(body.clone()).send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove("content-length");
    let answered = answer.bytes().await.unwrap();
    recorder.calls.lock().unwrap().push(json!({
        "method": method.as_str().to_lowercase(),
        "path": uri.path(),
        "asked": serde_json::from_slice::<Value>(&body).unwrap_or_default(),
        "status": status.as_u16(),
        "answered": serde_json::from_slice::<Value>(&answered).unwrap_or_default(),
    }));
    (status, headers, answered)
}

async fn recorder(to: &str) -> (Recorder, String, JoinSet<()>) {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    let recorder = Recorder {
        to: to.to_owned(),
        http: http.build().unwrap(),
        calls: Arc::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().fallback(record).with_state(recorder.clone());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (recorder, url, server)
}

/// Every kind of message that we can make.
fn messages() -> Vec<Message> {
    let card = |title: &str| Card {
        title: Some(title.to_owned()),
        text: "New".to_owned(),
        image_url: Some("https://shop.example/a.png".to_owned()),
        buttons: vec![
            Button::Url {
                label: "See".to_owned(),
                url: "https://shop.example/new".to_owned(),
            },
            Button::Postback {
                label: "Later".to_owned(),
                data: "later".to_owned(),
            },
        ],
    };
    let image = MessageContent::Image {
        original_url: "https://shop.example/o.png".to_owned(),
        preview_url: "https://shop.example/p.png".to_owned(),
    };
    let quick_reply = QuickReply {
        label: "好".to_owned(),
        data: "yes".to_owned(),
    };
    let asking = Message {
        quick_replies: vec![quick_reply],
        ..text("come?")
    };
    let carousel = MessageContent::Carousel(vec![card("a"), card("b")]);
    vec![
        text("hello 😀"),
        image.into(),
        MessageContent::Card(card("a")).into(),
        carousel.into(),
        asking,
    ]
}

/// Whatever our client can ask, and the refusals that LINE documents.
async fn ask_everything(app: &App, url: &str) {
    let line = client(url);
    let all = messages_json(&messages()).unwrap();
    let body = multicast_body(&user_ids(3), &all, Some("spring")).unwrap();
    let key = Uuid::new_v4();
    for (at, class) in [(0, "accepted"), (1, "accepted")] {
        let sent = line.multicast(key, body.clone()).await.verdict;
        assert_eq!(sent.class(), class, "{at}: {sent:?}");
    }
    for message in messages() {
        let one = messages_json(&[message]).unwrap();
        let body = multicast_body(&user_ids(1), &one, None).unwrap();
        assert_eq!(
            line.multicast(Uuid::new_v4(), body).await.verdict.class(),
            "accepted"
        );
    }
    line.validate_multicast(&all).await.unwrap();
    line.validate_multicast(r#"[{"type":"text"}]"#)
        .await
        .unwrap_err();
    line.quota().await.unwrap();
    line.bot_info().await.unwrap();
    for kind in [
        FaultKind::RateLimited,
        FaultKind::MonthlyLimit,
        FaultKind::Unauthorized,
        FaultKind::Forbidden,
    ] {
        app.fault(Fault::new(kind)).await;
        line.multicast(Uuid::new_v4(), body.clone()).await;
    }
    app.control.set_faults(0, vec![]).await.unwrap();

    // What the double has beyond our client.
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap();
    let person = &user_ids(1)[0];
    let pushed = json!({"to": person, "messages": serde_json::from_str::<Value>(&all).unwrap()});
    let push = format!("{url}/v2/bot/message/push");
    let key = Uuid::new_v4().to_string();
    for _ in 0..2 {
        let request = http
            .post(&push)
            .bearer_auth(TOKEN)
            .header("x-line-retry-key", &key);
        request.json(&pushed).send().await.unwrap();
    }
    for path in [
        format!("/v2/bot/profile/{person}"),
        "/v2/bot/profile/nobody".to_owned(),
    ] {
        http.get(format!("{url}{path}"))
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap();
    }
}

fn specification() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut paths = here.map(|it| it.join("shared/specs/line/messaging-api.yml"));
    let named = std::env::var_os("LINE_OPENAPI").map(PathBuf::from);
    named.or_else(|| paths.find(|it| it.is_file()))
}

#[expect(clippy::print_stderr, reason = "a test that did not run should say so")]
#[tokio::test(flavor = "multi_thread")]
async fn what_we_send_and_what_the_double_answers_is_as_lines_openapi_has_it() {
    let Some(specification) = specification() else {
        eprintln!(
            "skipped: neither LINE_OPENAPI nor ../shared/specs/line has LINE's specification"
        );
        return;
    };
    let python = tokio::task::spawn_blocking(|| environment("line-openapi", &PYTHON));
    let Some(python) = python.await.unwrap() else {
        eprintln!("skipped: python3 with venv and pip could not install {PYTHON:?}");
        return;
    };
    let app = App::with(ChannelSettings {
        quota: Some(1_000),
        ..ChannelSettings::default()
    })
    .await;
    let (recorder, url, _server) = recorder(&app.url()).await;
    ask_everything(&app, &url).await;

    let calls = recorder.calls.lock().unwrap().clone();
    let lines: Vec<String> = calls.iter().map(|call| format!("{call}\n")).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/line_openapi.py");
    let mut check = tokio::process::Command::new(python);
    check.arg(script).arg(specification);
    check
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut check = check.spawn().unwrap();
    let mut input = check.stdin.take().unwrap();
    input.write_all(lines.concat().as_bytes()).await.unwrap();
    drop(input);
    let output = check.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{wrong}");
    let held = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(held == calls.len() && held >= 20, "{said}");
}
