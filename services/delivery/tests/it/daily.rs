//! How many people WhatsApp lets a business account reach within 24 hours.

use std::time::Duration;

use simulator::{PhoneSettings, RateLimit};
use test_support::eventually;
use uuid::Uuid;

use crate::meta::Meta;

const A_DAY: Duration = Duration::from_hours(24);

async fn limited(people: u64) -> Meta {
    let meta = Meta::whatsapp().await;
    meta.set_phone(PhoneSettings {
        rate: RateLimit::each_second(1_000.0),
        messaging_limit: Some(people),
        ..PhoneSettings::default()
    })
    .await;
    meta
}

async fn accepted(meta: &Meta, people: u64) {
    eventually("so many were sent to", async || {
        (meta.totals().await.accepted == people).then_some(())
    })
    .await;
}

/// Those who are left wait for tomorrow.
async fn put_off(meta: &Meta) -> Uuid {
    eventually("a chunk waits", async || {
        sqlx::query_scalar(
            "SELECT chunk_id FROM dispatch_chunks WHERE next_attempt_at > now() + interval '50 minutes'",
        )
        .fetch_optional(meta.app.store.pool())
        .await
        .unwrap()
    })
    .await
}

async fn a_day_passes(meta: &Meta) {
    meta.app.control.advance_clock(A_DAY).await.unwrap();
    for sql in [
        "UPDATE whatsapp_people SET sent_at = sent_at - interval '24 hours'",
        "UPDATE dispatch_chunks SET next_attempt_at = now()",
    ] {
        sqlx::query(sql)
            .execute(meta.app.store.pool())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn whoever_goes_beyond_the_limit_of_a_day_waits_for_the_next() {
    let meta = limited(3).await;
    meta.broadcast([5]).await;
    let _worker = meta.app.deliver().await;
    accepted(&meta, 3).await;
    put_off(&meta).await;
    let totals = meta.totals().await;
    assert_eq!(
        (totals.accepted, totals.failed, totals.errors.len()),
        (3, 0, 0)
    );

    a_day_passes(&meta).await;
    accepted(&meta, 5).await;
    let totals = meta.totals().await;
    assert_eq!((totals.failed, totals.max_per_person), (0, 1));
}

#[tokio::test]
async fn who_was_reached_today_takes_no_room() {
    let meta = limited(3).await;
    meta.broadcast([3]).await;
    let _worker = meta.app.deliver().await;
    accepted(&meta, 3).await;
    meta.broadcast([3]).await;
    accepted(&meta, 6).await;
    meta.broadcast([4]).await;
    accepted(&meta, 9).await;
    put_off(&meta).await;
}

#[tokio::test]
async fn without_a_limit_nobody_waits() {
    let meta = Meta::whatsapp().await;
    meta.broadcast([5]).await;
    let _worker = meta.app.deliver().await;
    accepted(&meta, 5).await;
    let counted: i64 = sqlx::query_scalar("SELECT count(*) FROM whatsapp_people")
        .fetch_one(meta.app.store.pool())
        .await
        .unwrap();
    assert_eq!(counted, 0);
}
