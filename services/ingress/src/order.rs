use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use events::{common::Money, ingested::OrderPlaced, to_bytes, to_timestamp};
use serde::Deserialize;
use uuid::Uuid;
use vault::VaultError;

use crate::journal::{Fact, Journal, Journalled};

const ORDER_ID_CHARS_MAX: usize = 200;
const MEMBER_NUMBER_CHARS_MAX: usize = 100;
const YEAR_MIN: i32 = 1970;
const YEAR_MAX: i32 = 9999;
/// Clocks of shops differ; what is further in the future is a mistake.
const AHEAD_MAX: TimeDelta = TimeDelta::minutes(10);

/// An order as a shop sends it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// The shop's own id, unique in the team.
    order_id: String,
    /// RFC 3339.
    placed_at: DateTime<Utc>,
    /// ISO 4217.
    currency: String,
    /// In the currency's smallest unit: cents for USD, yen for JPY.
    amount_minor: i64,
    /// From the `ffv` parameter that a tracked link added to the shop's address.
    #[serde(default)]
    visitor_id: Option<Uuid>,
    #[serde(default)]
    member_number: Option<String>,
}

/// Why an order was not taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    /// The sender has to change it.
    #[error("{field}: {message}")]
    Invalid {
        field: &'static str,
        message: &'static str,
    },
    #[error("cannot find the team's key")]
    Vault(#[from] VaultError),
    #[error("cannot journal the order")]
    Journal(#[from] event_store::AppendError),
}

impl Order {
    pub(crate) fn id(&self) -> &str {
        &self.order_id
    }

    fn check(&self, now: DateTime<Utc>) -> Result<(), OrderError> {
        let invalid = |field, message| Err(OrderError::Invalid { field, message });
        let length = self.order_id.chars().count();
        if length == 0 || length > ORDER_ID_CHARS_MAX {
            return invalid("order_id", "give 1 to 200 characters");
        }
        // Postgres holds no NUL, and nobody means one.
        if self.order_id.chars().any(char::is_control) {
            return invalid("order_id", "leave control characters out");
        }
        if !(YEAR_MIN..=YEAR_MAX).contains(&self.placed_at.year()) {
            return invalid("placed_at", "give a year between 1970 and 9999");
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|byte| byte.is_ascii_uppercase())
        {
            return invalid(
                "currency",
                "give three capital letters, as ISO 4217 has them",
            );
        }
        if self.amount_minor < 0 {
            return invalid(
                "amount_minor",
                "an order is not below zero; send refunds as such",
            );
        }
        if self.placed_at > now + AHEAD_MAX {
            return invalid(
                "placed_at",
                "lies in the future; check the sender's clock and time zone",
            );
        }
        let member = self.member_number.as_deref().unwrap_or_default();
        if member.chars().count() > MEMBER_NUMBER_CHARS_MAX {
            return invalid("member_number", "give at most 100 characters");
        }
        Ok(())
    }
}

/// Journals an order. One that was journalled before changes nothing.
pub(crate) async fn take(
    journal: &Journal,
    team_id: Uuid,
    order: &Order,
) -> Result<Journalled, OrderError> {
    order.check(journal.clock.now())?;
    let member_key = match order.member_number.as_deref().map(str::trim) {
        Some(number) if !number.is_empty() => journal
            .vault
            .lookup_key(team_id)
            .await?
            .member(number)
            .to_vec(),
        Some(_) | None => Vec::new(),
    };
    let placed = OrderPlaced {
        order_id: order.order_id.clone(),
        placed_at: Some(to_timestamp(order.placed_at)),
        total: Some(Money {
            currency: order.currency.clone(),
            minor_units: order.amount_minor,
        }),
        visitor_id: order.visitor_id.map(to_bytes).unwrap_or_default(),
        member_key,
    };
    let name = format!("order/{}", order.order_id);
    let fact = Fact {
        category: "order",
        stream_id: Uuid::new_v5(&team_id, name.as_bytes()),
        team_id,
        event_id: Uuid::now_v7(),
        event: placed.into(),
    };
    Ok(journal.take(fact).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(change: impl FnOnce(&mut Order)) -> Result<(), String> {
        let mut order = Order {
            order_id: "CD1".to_owned(),
            placed_at: DateTime::UNIX_EPOCH,
            currency: "USD".to_owned(),
            amount_minor: 2_933,
            visitor_id: None,
            member_number: None,
        };
        change(&mut order);
        order
            .check(DateTime::UNIX_EPOCH)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_order_is_refused_with_the_field_and_what_to_do() {
        assert_eq!(order(|_| {}), Ok(()));
        let refused = [
            order(|order| order.order_id.clear()),
            order(|order| order.order_id.push('\0')),
            order(|order| order.currency = "usd".to_owned()),
            order(|order| order.amount_minor = -1),
            order(|order| order.placed_at += TimeDelta::minutes(11)),
            order(|order| order.placed_at -= TimeDelta::days(1)),
        ];
        let fields: Vec<String> = refused
            .into_iter()
            .map(|refused| {
                refused
                    .unwrap_err()
                    .split(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        let expected = [
            "order_id",
            "order_id",
            "currency",
            "amount_minor",
            "placed_at",
            "placed_at",
        ];
        assert_eq!(fields, expected);
    }
}
