use std::collections::HashMap;

use reporting_domain::{Currency, MessagePrice, Terms};
use sqlx::PgTransaction;
use uuid::Uuid;

/// What accounts pay, by time.
pub(crate) async fn terms_of(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    account_ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Vec<Terms>>> {
    let rows = sqlx::query!(
        "SELECT account_id, connected_at, country, price_currency, price_micros
         FROM account_terms
         WHERE team_id = $1 AND account_id = ANY($2)
         ORDER BY connected_at, version",
        team_id,
        account_ids,
    )
    .fetch_all(&mut **tx)
    .await?;

    let mut terms: HashMap<Uuid, Vec<Terms>> = HashMap::new();
    for row in rows {
        // The projection has refused what is not a currency.
        let currency = row
            .price_currency
            .and_then(|code| Currency::parse(&code).ok());
        let own_price = currency.zip(row.price_micros);
        terms.entry(row.account_id).or_default().push(Terms {
            connected_at: row.connected_at,
            country: row.country,
            own_price: own_price.map(|(currency, micros)| MessagePrice { currency, micros }),
        });
    }
    Ok(terms)
}
