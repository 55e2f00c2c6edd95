use std::collections::HashSet;

use events::{
    BroadcastLogEvent,
    broadcasts::{AudienceFrozen, ChunkStored, ExclusionReason},
};
use proto::segmentation::v1::SubscriptionStatus;
use test_support::eventually;
use uuid::Uuid;

use crate::{app::App, people::People};

const EVERYONE: u128 = 4_321;
const BLOCKED: usize = 21;

/// Enough for several pages and chunks, some of whom are left out.
fn everyone() -> Vec<(Uuid, String, SubscriptionStatus)> {
    let mut people = People::subscribed(EVERYONE);
    for person in people.iter_mut().step_by(200).take(BLOCKED) {
        person.2 = SubscriptionStatus::Blocked;
    }
    people
}

async fn confirmed(app: &App) {
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    app.confirm(&broadcast_id, &preview.preview_hash)
        .await
        .unwrap();
}

async fn ready(app: &App) {
    eventually("every chunk is ready to be sent", async || {
        let states: Vec<(String, i64)> = sqlx::query_as(
            "SELECT state, sum(recipients)::bigint FROM dispatch_chunks GROUP BY state",
        )
        .fetch_all(&app.pool)
        .await
        .unwrap();
        let included = i64::try_from(EVERYONE).unwrap() - i64::try_from(BLOCKED).unwrap();
        (states == [("ready".to_owned(), included)]).then_some(())
    })
    .await;
}

/// Each person is in one chunk or left out for one reason, and the numbers are those frozen.
async fn everyone_has_one_place(app: &App) {
    let mut frozen: Vec<AudienceFrozen> = Vec::new();
    let mut chunks: Vec<ChunkStored> = Vec::new();
    let mut excluded = Vec::new();
    for event in app.events().await {
        match event {
            BroadcastLogEvent::AudienceFrozen(event) => frozen.push(event),
            BroadcastLogEvent::ChunkStored(event) => chunks.push(event),
            BroadcastLogEvent::Excluded(event) => {
                assert_eq!(event.reason(), ExclusionReason::Blocked);
                excluded.extend(events::ids(&event.contact_ids));
            }
            BroadcastLogEvent::Drafted(_)
            | BroadcastLogEvent::Confirmed(_)
            | BroadcastLogEvent::WindowStarted(_)
            | BroadcastLogEvent::WindowSettled(_)
            | BroadcastLogEvent::Paused(_)
            | BroadcastLogEvent::Resumed(_)
            | BroadcastLogEvent::Stopped(_)
            | BroadcastLogEvent::Completed(_) => {}
        }
    }
    let [frozen] = frozen.try_into().unwrap();
    let included: Vec<Uuid> = chunks
        .iter()
        .flat_map(|chunk| events::ids(&chunk.contact_ids))
        .collect();
    assert_eq!(frozen.included, i64::try_from(included.len()).unwrap());
    assert_eq!(frozen.chunk_count, u32::try_from(chunks.len()).unwrap());
    assert_eq!(
        (excluded.len(), frozen.excluded[0].contacts),
        (BLOCKED, i64::try_from(BLOCKED).unwrap())
    );
    let places: HashSet<Uuid> = included.iter().chain(&excluded).copied().collect();
    assert_eq!(places.len(), included.len() + excluded.len());
    assert_eq!(u128::try_from(places.len()).unwrap(), EVERYONE);
}

#[tokio::test]
async fn an_audience_is_frozen_into_chunks_and_reasons() {
    let app = App::start().await;
    app.people.set(everyone());
    confirmed(&app).await;
    ready(&app).await;
    everyone_has_one_place(&app).await;
}

#[tokio::test]
async fn an_audience_that_broke_off_half_way_is_begun_anew() {
    let app = App::start().await;
    app.people.set(everyone());
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    app.people.break_after(None);
    app.confirm(&broadcast_id, &preview.preview_hash)
        .await
        .unwrap();
    app.people.break_after(Some(2));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    app.people.break_after(None);
    ready(&app).await;
    everyone_has_one_place(&app).await;
}

#[tokio::test]
async fn freezing_that_was_killed_at_any_point_ends_with_everyone_in_one_place() {
    for kill_after_ms in [0_u64, 5, 15, 30, 60, 120] {
        let mut app = App::start().await;
        app.people.set(everyone());
        confirmed(&app).await;
        tokio::time::sleep(std::time::Duration::from_millis(kill_after_ms)).await;
        app.restart().await;
        ready(&app).await;
        everyone_has_one_place(&app).await;
    }
}

#[tokio::test]
async fn addresses_are_sealed_and_in_no_event() {
    let app = App::start().await;
    app.people.set(everyone());
    confirmed(&app).await;
    ready(&app).await;
    let address = format!("U{:032x}", 2).into_bytes();
    let holds = |bytes: &[u8]| bytes.windows(address.len()).any(|window| window == address);
    let logged: Vec<Vec<u8>> = sqlx::query_scalar("SELECT payload FROM log_events")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sealed_addresses FROM dispatch_chunks")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert!(!logged.iter().chain(&rows).any(|bytes| holds(bytes)));
}
