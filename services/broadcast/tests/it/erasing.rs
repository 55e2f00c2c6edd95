//! People who are deleted after their broadcast was frozen.

use std::collections::BTreeSet;

use broadcast_domain::{Chunk, ChunkCommand, Recipients, chunk_id};
use event_store::CommandContext;
use events::{BroadcastLogEvent, broadcasts::OutcomeKind};
use proto::broadcast::v1::BroadcastState;
use test_support::eventually;
use uuid::Uuid;
use vault::Aad;

use crate::{
    app::{App, NOW, TEAM},
    people::People,
};

const EVERYONE: u32 = 5;

/// A broadcast to everyone, with its one chunk handed over.
async fn sending(app: &App) -> String {
    app.people.set(People::subscribed(u128::from(EVERYONE)));
    let broadcast_id = app.confirmed().await;
    let chunk = chunk_id(broadcast_id.parse().unwrap(), 0);
    eventually("the chunk is handed over", async || {
        let state = sqlx::query_scalar("SELECT state FROM dispatch_chunks WHERE chunk_id = $1");
        let state = state.bind(chunk).fetch_optional(&app.pool).await.unwrap();
        (state == Some("ready".to_owned())).then_some(())
    })
    .await;
    broadcast_id
}

/// As the log of contacts tells it.
async fn erase(app: &App, person: u128) {
    let id = Uuid::from_u128(person);
    let marked = sqlx::query(
        "UPDATE dispatch_chunks SET erased = erased || $1 WHERE position($1 IN contact_ids) > 0",
    )
    .bind(id.as_bytes().as_slice())
    .execute(&app.pool)
    .await
    .unwrap();
    assert!(marked.rows_affected() > 0, "nobody like this is in a chunk");
}

/// The addresses that are left, whoever's they are.
async fn addresses(app: &App, broadcast_id: &str) -> BTreeSet<String> {
    let broadcast_id: Uuid = broadcast_id.parse().unwrap();
    let sealed = "SELECT sealed_addresses FROM dispatch_chunks WHERE broadcast_id = $1";
    let sealed: Vec<u8> = sqlx::query_scalar(sealed)
        .bind(broadcast_id)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let key = app.vault().broadcast_key(TEAM, broadcast_id).await.unwrap();
    let aad = Aad {
        team_id: TEAM,
        subject_id: broadcast_id,
        event_id: chunk_id(broadcast_id, 0),
        event_type: "fanfare.dispatch.addresses",
    };
    let opened = key.unwrap().open(&aad, &sealed).unwrap();
    let opened = String::from_utf8(opened).unwrap();
    opened.split('\n').map(str::to_owned).collect()
}

fn address(person: u128) -> String {
    format!("U{person:032x}")
}

async fn outcomes(app: &App) -> Vec<(OutcomeKind, String, u32)> {
    let mut outcomes = Vec::new();
    for event in app.events().await {
        if let BroadcastLogEvent::WindowSettled(settled) = event {
            outcomes.extend(settled.outcomes.into_iter().map(|outcome| {
                let people = Recipients::from_ranges(&outcome.recipients).len();
                (outcome.kind(), outcome.code, people)
            }));
        }
    }
    outcomes
}

async fn rewritten(app: &App, broadcast_id: &str) {
    let broadcast_id: Uuid = broadcast_id.parse().unwrap();
    eventually("nobody is marked any more", async || {
        let marked =
            "SELECT count(*) FROM dispatch_chunks WHERE broadcast_id = $1 AND erased <> ''";
        let marked = sqlx::query_scalar::<_, i64>(marked).bind(broadcast_id);
        (marked.fetch_one(&app.pool).await.unwrap() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_is_deleted_before_a_window_has_an_outcome_and_no_address() {
    let app = App::start().await;
    let broadcast_id = sending(&app).await;
    erase(&app, 2).await;
    rewritten(&app, &broadcast_id).await;

    let not_sent = (OutcomeKind::NotSent, "contact_deleted".to_owned(), 1);
    assert_eq!(outcomes(&app).await, [not_sent]);
    let left = addresses(&app, &broadcast_id).await;
    assert!(!left.contains(&address(2)) && left.contains(&address(1)));
    assert_eq!(
        left.len(),
        EVERYONE as usize,
        "the others, and an empty line"
    );

    // The others get it, and everyone has an outcome.
    let left = app
        .log
        .load::<Chunk>(chunk_id(broadcast_id.parse().unwrap(), 0))
        .await;
    let left = left.unwrap().state.unsettled();
    assert_eq!(left.len(), EVERYONE - 1);
    app.settle_window(&broadcast_id, 2, left).await;
    let done = app.in_state(&broadcast_id, BroadcastState::Done).await;
    assert_eq!((done.included, done.settled), (5, 5));
}

#[tokio::test]
async fn a_window_that_has_begun_is_left_alone_until_it_is_over() {
    let app = App::start().await;
    let broadcast_id = sending(&app).await;
    let chunk = chunk_id(broadcast_id.parse().unwrap(), 0);
    let start = ChunkCommand::StartWindow {
        recipients: Recipients::first(EVERYONE),
        retry_key: Uuid::new_v4(),
        at: NOW,
    };
    let context = CommandContext {
        team_id: TEAM,
        ..CommandContext::default()
    };
    let started = app.log.execute::<Chunk>(&context, chunk, start).await;
    started.unwrap();
    let waiting = sending(&app).await;
    erase(&app, 2).await;

    // The other broadcast's turn comes meanwhile.
    rewritten(&app, &waiting).await;
    assert!(!addresses(&app, &waiting).await.contains(&address(2)));
    let not_sent = (OutcomeKind::NotSent, "contact_deleted".to_owned(), 1);
    assert_eq!(outcomes(&app).await, std::slice::from_ref(&not_sent));
    assert!(addresses(&app, &broadcast_id).await.contains(&address(2)));

    // Nobody was sent to: all are free again, but for the one who was deleted.
    let settle = ChunkCommand::SettleWindow {
        window: 1,
        outcomes: Vec::new(),
        at: NOW,
    };
    let settled = app.log.execute::<Chunk>(&context, chunk, settle).await;
    settled.unwrap();
    rewritten(&app, &broadcast_id).await;
    assert!(!addresses(&app, &broadcast_id).await.contains(&address(2)));
    assert_eq!(outcomes(&app).await, [not_sent.clone(), not_sent]);
}
