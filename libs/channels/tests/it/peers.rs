//! What answers is not always LINE.

use channels::{Verdict, line::multicast_body};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use uuid::Uuid;

use crate::app::{client, hello, user_ids};

/// The verdict if the peer answers a send with these bytes and closes.
async fn verdict_on(answer: &str) -> Verdict {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = client(&format!("http://{}", listener.local_addr().unwrap()));
    let body = multicast_body(&user_ids(1), &hello(), None).unwrap();
    let expected = body.clone();
    let peer = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(&expected) {
            stream.read_buf(&mut heard).await.unwrap();
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let (sent, ()) = tokio::join!(line.multicast(Uuid::new_v4(), body), peer);
    sent.verdict
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = client(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let body = multicast_body(&user_ids(1), &hello(), None).unwrap();
    let sent = line.multicast(Uuid::new_v4(), body).await;
    assert_eq!(sent.verdict.class(), "transient");
    assert!(sent.verdict.may_be_repeated());
}

#[tokio::test]
async fn a_success_is_one_even_if_its_body_breaks_off() {
    let cut = "HTTP/1.1 200 OK\r\nx-line-request-id: r1\r\ncontent-length: 900\r\n\r\n{";
    let verdict = verdict_on(cut).await;
    let request_id = Some("r1".to_owned());
    assert_eq!(
        verdict,
        Verdict::Accepted {
            request_id,
            repeated: false
        }
    );
}

#[tokio::test]
async fn a_page_from_something_in_between_settles_nothing() {
    for status in [
        "400 Bad Request",
        "502 Bad Gateway",
        "503 Service Unavailable",
    ] {
        let page = format!("HTTP/1.1 {status}\r\ncontent-length: 15\r\n\r\n<html>no</html>");
        assert_eq!(verdict_on(&page).await.class(), "ambiguous", "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let redirect = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(verdict_on(redirect).await.class(), "account_refused");
}

#[tokio::test]
async fn half_a_status_line_settles_nothing() {
    assert_eq!(verdict_on("HTTP/1.1 20").await.class(), "ambiguous");
    assert_eq!(verdict_on("").await.class(), "ambiguous");
}
