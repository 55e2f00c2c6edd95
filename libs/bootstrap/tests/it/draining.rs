use std::time::{Duration, Instant};

use bootstrap::ClientAuth;
use proto::log::v1::{DescribeLogRequest, log_service_client::LogServiceClient};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

use crate::app::App;

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_mins(1);
/// The client's part of setting up HTTP/2: the preface and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// Stops the server, and returns when it has returned and its peer has seen the end.
async fn stop(app: App, mut peer: TcpStream) {
    app.shutdown.cancel();
    app.served.await.unwrap().unwrap();
    let mut rest = Vec::new();
    // The connection ends in order or by a reset: it ends.
    drop(peer.read_to_end(&mut rest).await);
}

/// By when the server has accepted every connection that was made before.
async fn serves(app: &App) {
    let auth = ClientAuth::new(&app.auth, Uuid::nil(), "test");
    let mut client = LogServiceClient::with_interceptor(app.channel(), auth);
    client
        .describe_log(DescribeLogRequest::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_peer_that_says_nothing_does_not_keep_the_server_from_stopping() {
    let app = App::start(SHORT).await;
    let peer = TcpStream::connect(app.address).await.unwrap();
    serves(&app).await;
    stop(app, peer).await;
}

#[tokio::test]
async fn a_peer_that_never_acknowledges_settings_does_not_either() {
    let app = App::start(SHORT).await;
    let mut peer = TcpStream::connect(app.address).await.unwrap();
    peer.write_all(PREFACE).await.unwrap();
    serves(&app).await;
    stop(app, peer).await;
}

#[tokio::test]
async fn an_idle_server_stops_long_before_its_drain_period_is_over() {
    let app = App::start(LONG).await;
    serves(&app).await;
    let begun = Instant::now();
    app.shutdown.cancel();
    app.served.await.unwrap().unwrap();
    assert!(begun.elapsed() < LONG / 2);
}

#[tokio::test]
async fn a_call_in_flight_is_finished() {
    let app = App::start(LONG).await;
    let auth = ClientAuth::new(&app.auth, Uuid::from_u128(7), "test");
    let mut client = LogServiceClient::with_interceptor(app.channel(), auth);
    let slow = DescribeLogRequest { log: "slow".into() };
    let stop = async {
        app.calls.begun.notified().await;
        app.shutdown.cancel();
        app.calls.may_end.notify_one();
    };
    let (response, ()) = tokio::join!(client.describe_log(slow), stop);
    assert_eq!(response.unwrap().into_inner().generation, 7);
    drop(client);
    app.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_when_the_drain_period_is_over() {
    let app = App::start(SHORT).await;
    let auth = ClientAuth::new(&app.auth, Uuid::from_u128(7), "test");
    let mut client = LogServiceClient::with_interceptor(app.channel(), auth);
    let slow = DescribeLogRequest { log: "slow".into() };
    let stop = async {
        app.calls.begun.notified().await;
        app.shutdown.cancel();
    };
    let (response, ()) = tokio::join!(client.describe_log(slow), stop);
    assert!(response.is_err());
    app.served.await.unwrap().unwrap();
}
