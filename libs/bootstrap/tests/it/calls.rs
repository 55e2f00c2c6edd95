use std::time::Duration;

use bootstrap::{ClientAuth, ServiceIdentity, reason};
use proto::log::v1::{DescribeLogRequest, log_service_client::LogServiceClient};
use tonic::{Code, Request};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use uuid::Uuid;

use crate::app::{App, SERVICE};

const TEAM: Uuid = Uuid::from_u128(7);
const DRAIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_caller_without_a_token_does_not_reach_a_handler() {
    let app = App::start(DRAIN).await;
    let mut client = LogServiceClient::new(app.channel());
    let status = client.describe_log(DescribeLogRequest::default()).await;
    let status = status.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(reason(&status).as_deref(), Some("CREDENTIALS_MISSING"));
}

#[tokio::test]
async fn a_handler_knows_the_team_of_its_caller() {
    let app = App::start(DRAIN).await;
    let auth = ClientAuth::new(&app.auth, TEAM, "mia");
    let mut client = LogServiceClient::with_interceptor(app.channel(), auth);
    let response = client.describe_log(DescribeLogRequest::default()).await;
    assert_eq!(response.unwrap().into_inner().generation, 7);
}

#[tokio::test]
async fn a_service_calls_for_one_team_and_then_for_another() {
    let app = App::start(DRAIN).await;
    let identity = ServiceIdentity::new(&app.auth, "broadcast");
    let mut client = LogServiceClient::new(app.channel());
    for team in [1, 2] {
        let request = identity.request(Uuid::from_u128(team), DescribeLogRequest::default());
        let response = client.describe_log(request).await.unwrap();
        assert_eq!(
            response.into_inner().generation,
            i64::try_from(team).unwrap()
        );
    }
}

#[tokio::test]
async fn health_answers_anyone_for_the_server_and_for_each_service() {
    let app = App::start(DRAIN).await;
    let mut client = HealthClient::new(app.channel());
    for service in ["", SERVICE] {
        let request = Request::new(HealthCheckRequest {
            service: service.into(),
        });
        let response = client.check(request).await.unwrap().into_inner();
        assert_eq!(response.status(), ServingStatus::Serving, "{service:?}");
    }
}
