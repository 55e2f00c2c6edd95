use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as Extract},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use channels::email::{ReportError, parse_report};
use events::common::Channel;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tonic::metadata::MetadataMap;
use tracing::error;
use uuid::Uuid;

use super::serve::State;
use crate::{mail_report, queries::find_account};

/// `POST /v1/mail/reports/{account_id}`: a bounce or a complaint as a raw mail, from the team's own mail server.
/// 200 once what follows from it is durable; 422 for a mail that is no report, which need not come again.
pub(crate) async fn take(
    Extract(state): Extract<Arc<State>>,
    Path(account_id): Path<Uuid>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = state
        .authenticator
        .authenticate(&MetadataMap::from_headers(headers));
    let Ok(caller) = caller else {
        let message = "send `authorization: Bearer <the team's token>`";
        return problem(StatusCode::UNAUTHORIZED, message);
    };
    let now = state.journal.clock.now();
    match find_account(&state.pool, account_id, now).await {
        Ok(Some(account))
            if account.team_id == caller.team_id
                && account.channel == i32::from(Channel::Email) => {}
        Ok(_) => return problem(StatusCode::NOT_FOUND, "there is no such e-mail account"),
        Err(error) => return unavailable(&error.into()),
    }
    let report = match parse_report(&body) {
        Ok(report) => report,
        Err(error @ ReportError::TooLarge { .. }) => {
            return problem(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string());
        }
        Err(error @ (ReportError::NotMail | ReportError::NotAReport)) => {
            return problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
        }
    };
    let secret = state.links_secret.expose_secret().as_bytes();
    let intake = mail_report::Intake {
        journal: &state.journal,
        secret,
        team_id: caller.team_id,
        account_id,
    };
    match intake.take(&body, &report).await {
        Ok(taken) => (StatusCode::OK, Json(taken)).into_response(),
        Err(error) => unavailable(&error),
    }
}

fn unavailable(error: &anyhow::Error) -> Response {
    error!(error = format!("{error:#}"), "cannot take a report of mail");
    let message = "the report was not written down; send it again";
    problem(StatusCode::SERVICE_UNAVAILABLE, message)
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
