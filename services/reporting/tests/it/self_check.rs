//! What has to hold in the read model at every moment, whatever has arrived.

use sqlx::PgPool;

/// Chunks whose runs leave somebody out, or count somebody twice.
async fn uncovered_chunks(pool: &PgPool) -> i64 {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!"
         FROM chunks
         LEFT JOIN LATERAL (
             SELECT sum(runs.places) AS places, bool_or(runs.first_place <> runs.expected_first) AS torn
             FROM (
                 SELECT first_place, places,
                        COALESCE(sum(places) OVER (
                            ORDER BY first_place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                        ), 0) AS expected_first
                 FROM outcome_runs
                 WHERE outcome_runs.chunk_id = chunks.chunk_id
                     AND outcome_runs.team_id = chunks.team_id
                     AND outcome_runs.broadcast_id = chunks.broadcast_id
                     AND outcome_runs.chunk_index = chunks.chunk_index
             ) AS runs
         ) AS covered ON true
         WHERE covered.torn OR COALESCE(covered.places, 0) <> octet_length(chunks.contact_ids) / 16"#,
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

/// Browsers that are counted without a click, or clicks whose browser is not counted.
async fn miscounted_clickers(pool: &PgPool) -> i64 {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!"
         FROM (
             SELECT broadcast_id, visitor_id AS clicker_id, team_id, min(clicked_at) AS first_clicked_at
             FROM clicks
             GROUP BY broadcast_id, visitor_id, team_id
         ) AS counted
         FULL JOIN clickers USING (broadcast_id, clicker_id, team_id, first_clicked_at)
         WHERE counted.* IS NULL OR clickers.* IS NULL"#,
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

/// Orders that are not at the last click before them.
async fn misattributed_orders(pool: &PgPool) -> i64 {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!"
         FROM orders
         LEFT JOIN LATERAL (
             SELECT click_id
             FROM clicks
             WHERE clicks.team_id = orders.team_id AND clicks.visitor_id = orders.visitor_id
                 AND clicks.clicked_at <= orders.placed_at
                 AND clicks.clicked_at >= orders.placed_at - interval '7 days'
             ORDER BY clicks.clicked_at DESC, clicks.click_id DESC
             LIMIT 1
         ) AS last ON true
         LEFT JOIN attributions USING (team_id, order_id)
         WHERE attributions.click_id IS DISTINCT FROM last.click_id
             OR attributions.placed_at <> orders.placed_at"#,
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

pub(crate) async fn assert_consistent(pool: &PgPool) {
    assert_eq!(uncovered_chunks(pool).await, 0);
    assert_eq!(miscounted_clickers(pool).await, 0);
    assert_eq!(misattributed_orders(pool).await, 0);
}
