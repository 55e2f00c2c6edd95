use futures_util::{StreamExt as _, stream};
use proto::{broadcast::v1::BroadcastState, segmentation::v1::SubscriptionStatus};
use test_support::{Break, Breakable as _, Place};

use crate::{
    app::App,
    people::{People, Someone},
};

const EVERYONE: u128 = 4_321;
const BLOCKED: usize = 21;
const BEGUN: Place<'_> = Place("INSERT ON dispatch_contents", "true");
const EXCLUDED: Place<'_> = Place(
    "INSERT ON log_events",
    "NEW.event_type LIKE '%.RecipientsExcluded'",
);
const CHUNKS: Place<'_> = Place(
    "INSERT ON log_events",
    "NEW.event_type LIKE '%.ChunkStored'",
);
/// What freezing writes, in its order.
const STEPS: [Place<'_>; 11] = [
    BEGUN,
    Place("INSERT ON dispatch_audiences", "true"),
    Place("INSERT ON dispatch_chunks", "NEW.chunk_index = 5"),
    Place("INSERT ON dispatch_exclusions", "true"),
    Place(
        "UPDATE ON dispatch_audiences",
        "NEW.frozen IS NOT NULL AND NOT NEW.published",
    ),
    Place(
        "INSERT ON log_events",
        "NEW.event_type LIKE '%.AudienceFrozen'",
    ),
    EXCLUDED,
    Place("DELETE ON dispatch_exclusions", "true"),
    CHUNKS,
    Place("UPDATE ON dispatch_chunks", "NEW.chunk_index = 5"),
    Place("UPDATE ON dispatch_audiences", "NEW.published"),
];

/// Steps that are tried at the same time: each has servers and connections of its own.
const AT_ONCE: usize = 4;

async fn at_each_step<F: Future<Output = ()>>(act: impl Fn(Place<'static>) -> F) {
    let tried = stream::iter(STEPS).map(act).buffer_unordered(AT_ONCE);
    tried.collect::<()>().await;
}

/// Enough for several pages and chunks, some of whom are left out.
fn everyone() -> Vec<Someone> {
    let mut people = People::subscribed(EVERYONE);
    for person in people.iter_mut().step_by(200).take(BLOCKED) {
        person.2 = SubscriptionStatus::Blocked;
    }
    people
}

/// As [`everyone`], but a fifth of them has blocked the account meanwhile, and somebody is new.
fn everyone_later() -> Vec<Someone> {
    let mut people = People::subscribed(EVERYONE + 1);
    for person in people.iter_mut().step_by(5) {
        person.2 = SubscriptionStatus::Blocked;
    }
    people
}

#[tokio::test]
async fn an_audience_is_frozen_into_chunks_and_reasons() {
    let app = App::start().await;
    app.people.set(everyone());
    app.confirmed().await;
    app.everyone_has_one_place(&[everyone()]).await;
}

#[tokio::test]
async fn an_audience_that_broke_off_half_way_is_begun_anew() {
    let app = App::start().await;
    app.people.set(everyone());
    app.break_at(BEGUN, Break::Fail).await;
    app.confirmed().await;
    app.broken().await;
    app.people.break_after(Some(2));
    app.mend(BEGUN).await;
    app.people.broken_off().await;
    app.people.set(everyone_later());
    app.people.break_after(None);
    app.everyone_has_one_place(&[everyone_later()]).await;
}

#[tokio::test]
async fn freezing_that_was_killed_at_any_step_ends_with_everyone_in_one_place() {
    at_each_step(|step| async move {
        let mut app = App::start().await;
        app.people.set(everyone());
        app.break_at(step, Break::Fail).await;
        app.confirmed().await;
        app.broken().await;
        app.restart().await;
        app.people.set(everyone_later());
        app.mend(step).await;
        app.everyone_has_one_place(&[everyone(), everyone_later()])
            .await;
    })
    .await;
}

#[tokio::test]
async fn what_a_killed_process_had_under_way_may_take_effect_later() {
    at_each_step(|step| async move {
        let mut app = App::start().await;
        app.people.set(everyone());
        app.break_at(step, Break::Hold).await;
        app.confirmed().await;
        app.broken().await;
        app.people.set(everyone_later());
        app.restart_behind(step).await;
        app.mend(step).await;
        app.everyone_has_one_place(&[everyone(), everyone_later()])
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_that_can_not_be_frozen_keeps_no_other_from_it() {
    let app = App::start().await;
    app.people.set(everyone());
    let stuck = app.draft().await;
    let row = format!("NEW.broadcast_id = '{stuck}'");
    app.break_at(Place(BEGUN.0, &row), Break::Fail).await;
    app.confirm_draft(&stuck).await;
    app.broken().await;
    app.confirmed().await;
    app.everyone_has_one_place(&[everyone()]).await;
}

#[tokio::test]
async fn who_was_frozen_gets_a_place_even_if_the_broadcast_was_stopped_meanwhile() {
    let mut app = App::start().await;
    app.people.set(everyone());
    app.break_at(CHUNKS, Break::Fail).await;
    let broadcast_id = app.confirmed().await;
    app.broken().await;
    app.stop(&broadcast_id).await;
    app.restart().await;
    app.mend(CHUNKS).await;
    app.everyone_has_one_place(&[everyone()]).await;
}

#[tokio::test]
async fn who_was_left_out_is_named_even_if_nobody_is_in() {
    let mut app = App::start().await;
    app.people.set(People::subscribed(3));
    app.break_at(BEGUN, Break::Fail).await;
    let broadcast_id = app.confirmed().await;
    app.broken().await;
    let mut nobody = People::subscribed(3);
    for person in &mut nobody {
        person.2 = SubscriptionStatus::Blocked;
    }
    app.people.set(nobody.clone());
    app.mend(BEGUN).await;
    app.break_at(EXCLUDED, Break::Fail).await;
    app.broken().await;
    app.restart().await;
    app.mend(EXCLUDED).await;
    app.in_state(&broadcast_id, BroadcastState::Done).await;
    app.everyone_has_one_place(&[nobody]).await;
    let named_first: bool = sqlx::query_scalar(
        "SELECT max(recorded_at) FILTER (WHERE event_type LIKE '%.RecipientsExcluded')
              < min(recorded_at) FILTER (WHERE event_type LIKE '%.BroadcastCompleted')
         FROM log_events",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert!(named_first);
}

#[tokio::test]
async fn addresses_are_sealed_and_in_no_event() {
    let app = App::start().await;
    app.people.set(everyone());
    app.confirmed().await;
    app.everyone_has_one_place(&[everyone()]).await;
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
    assert!(!logged.is_empty() && !rows.is_empty());
    assert!(!logged.iter().chain(&rows).any(|bytes| holds(bytes)));
}
