use proto::reporting::v1::BroadcastReport;
use reporting_domain::PriceList;
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::{
    queries::{Broadcast, count, terms_of, tracking_connected},
    report::Sources,
};

/// The reports of `broadcasts`, in their order, with as many round trips for many as for one.
pub(crate) async fn reports_of(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcasts: Vec<Broadcast>,
    prices: &PriceList,
) -> sqlx::Result<Vec<BroadcastReport>> {
    let ids: Vec<Uuid> = broadcasts.iter().map(|broadcast| broadcast.id).collect();
    let accounts: Vec<Uuid> = broadcasts
        .iter()
        .map(|broadcast| broadcast.account_id)
        .collect();
    let mut counts = count(tx, team_id, &ids).await?;
    let terms = terms_of(tx, team_id, &accounts).await?;
    let tracking_connected = tracking_connected(tx, team_id).await?;

    let sources = broadcasts.into_iter().map(|broadcast| Sources {
        counts: counts.remove(&broadcast.id).unwrap_or_default(),
        terms: terms.get(&broadcast.account_id).map_or(&[], Vec::as_slice),
        tracking_connected,
        prices,
        broadcast,
    });
    Ok(sources.map(Sources::report).collect())
}
