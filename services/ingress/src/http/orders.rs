use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State as Extract,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use serde_json::json;
use tonic::metadata::MetadataMap;
use tracing::error;

use super::serve::State;
use crate::{
    journal::Journalled,
    order::{self, OrderError},
    orders_in::parse,
};

/// Orders in one request.
const ORDERS_MAX: usize = 1000;
/// Orders journalled at the same time, so that they are committed together.
const CONCURRENT_MAX: usize = 256;

/// What became of one order.
#[derive(Debug, Serialize)]
struct Outcome {
    order_id: String,
    /// `new`, `known` or `refused`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// `POST /v1/orders`: one order or an array of them. 200 when every one is durable or was known;
/// 422 names those that were refused, the others are taken in.
pub(crate) async fn place(
    Extract(state): Extract<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = state
        .authenticator
        .authenticate(&MetadataMap::from_headers(headers));
    let Ok(caller) = caller else {
        return problem(
            StatusCode::UNAUTHORIZED,
            "send `authorization: Bearer <the team's token>`",
        );
    };
    let orders = match parse(&body) {
        Ok(orders) if orders.len() <= ORDERS_MAX => orders,
        Ok(_) => {
            return problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "send at most 1,000 orders at once",
            );
        }
        Err(error) => return problem(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let (journal, team_id) = (&state.journal, caller.team_id);
    let taken: Vec<_> = stream::iter(orders)
        .map(|order| async move {
            let taken = order::take(journal, team_id, &order).await;
            (order.id().to_owned(), taken)
        })
        .buffered(CONCURRENT_MAX)
        .collect()
        .await;

    let mut outcomes = Vec::new();
    let mut status = StatusCode::OK;
    for (order_id, taken) in taken {
        let (text, error) = match taken {
            Ok(Journalled::New) => ("new", None),
            Ok(Journalled::Known) => ("known", None),
            Err(error @ OrderError::Invalid { .. }) => {
                status = StatusCode::UNPROCESSABLE_ENTITY;
                ("refused", Some(error.to_string()))
            }
            Err(error @ (OrderError::Vault(_) | OrderError::Journal(_))) => {
                error!(
                    error = &error as &dyn std::error::Error,
                    "cannot take orders"
                );
                return problem(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "not all orders were written down; send them again",
                );
            }
        };
        outcomes.push(Outcome {
            order_id,
            status: text,
            error,
        });
    }
    (status, Json(json!({ "orders": outcomes }))).into_response()
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
