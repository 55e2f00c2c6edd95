use events::broadcasts::FailureClass;
use simulator::{ChannelSettings, NonexistentMode};
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, contact, user},
    ledger::{Became, failed},
};

async fn with_nobody(nonexistent: NonexistentMode, people: impl IntoIterator<Item = u64>) -> App {
    let app = App::with(ChannelSettings {
        nonexistent,
        ..ChannelSettings::default()
    })
    .await;
    app.nobody(people).await;
    app
}

/// Everyone got it but those who do not exist, and each window had a key of its own.
async fn only_these_failed(app: &App, people: u64, bad: &[u64], code: &str) {
    for (person, became) in app.settled().await {
        let expected = if bad.contains(&person) {
            failed(FailureClass::Recipient, code)
        } else {
            Became::Accepted
        };
        assert_eq!(became, expected, "person {person}");
    }
    let totals = app.totals().await;
    assert_eq!(totals.people_received, people - bad.len() as u64);
    assert!(totals.max_copies_per_person <= 1);
    assert_eq!(totals.changed_bodies, 0);
    let windows = app.windows().await;
    let mut keys: Vec<_> = windows.iter().map(|window| &window.retry_key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), windows.len());
}

#[tokio::test]
async fn whoever_line_names_fails_and_the_others_are_sent_to_under_a_new_key() {
    let app = with_nobody(NonexistentMode::Named, [0, 5, 9]).await;
    app.broadcast([10]).await;
    let _worker = app.deliver().await;
    only_these_failed(&app, 10, &[0, 5, 9], "recipient_invalid").await;
    assert_eq!(app.windows().await.len(), 4);
}

#[tokio::test]
async fn halving_finds_whom_line_does_not_name() {
    let app = with_nobody(NonexistentMode::Unnamed, [77, 400]).await;
    app.broadcast([500]).await;
    let _worker = app.deliver().await;
    only_these_failed(&app, 500, &[77, 400], "recipient_unnamed").await;
    let windows = app.windows().await.len();
    assert!(windows < 40, "{windows} windows");
}

#[tokio::test]
async fn a_chunk_of_nobody_but_strangers_ends() {
    let app = with_nobody(NonexistentMode::Unnamed, 0..4).await;
    app.broadcast([4]).await;
    let _worker = app.deliver().await;
    only_these_failed(&app, 4, &[0, 1, 2, 3], "recipient_unnamed").await;
}

#[tokio::test]
async fn line_is_not_asked_for_ever_about_ids_that_it_refuses() {
    let app = with_nobody(NonexistentMode::Named, 0..210).await;
    app.broadcast([211]).await;
    let _worker = app.deliver().await;
    let outcomes = app.settled().await;
    let given_up = failed(FailureClass::Recipient, "too_many_refusals");
    assert_eq!(
        outcomes
            .values()
            .filter(|became| **became == given_up)
            .count(),
        11
    );
    assert_eq!(app.totals().await.people_received, 0);
}

#[tokio::test]
async fn an_address_that_line_cannot_have_given_is_not_sent() {
    let app = App::start().await;
    // The broadcast is of one person; somebody else with a broken address is put beside.
    let broadcast = app.broadcast([1]).await;
    let addresses = [user(1).to_string(), "C1".to_owned()];
    app.store_chunk(broadcast, ACCOUNT, 1, &[1, 2], &addresses)
        .await;
    ready(&app, broadcast).await;
    let _worker = app.deliver().await;
    only_these_failed(&app, 3, &[2], "recipient_malformed").await;
}

async fn ready(app: &App, broadcast: Uuid) {
    sqlx::query(
        "UPDATE dispatch_chunks SET state = 'ready' WHERE broadcast_id = $1 AND state = 'staged'",
    )
    .bind(broadcast)
    .execute(&app.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn who_is_deleted_between_two_windows_of_a_chunk_is_not_in_the_second() {
    let app = with_nobody(NonexistentMode::Unnamed, [0]).await;
    let broadcast_id = app.broadcast([4]).await;
    // Marked, and not left out yet: as if it had happened while the first window was open.
    sqlx::query("UPDATE dispatch_chunks SET erased = $1")
        .bind(contact(3).as_bytes().as_slice())
        .execute(&app.pool)
        .await
        .unwrap();
    let _worker = app.deliver().await;

    let outcomes = app.settled().await;
    assert_eq!(outcomes[&3], Became::NotSent);
    assert_eq!(
        outcomes[&0],
        failed(FailureClass::Recipient, "recipient_unnamed")
    );
    assert_eq!(
        (&outcomes[&1], &outcomes[&2]),
        (&Became::Accepted, &Became::Accepted)
    );
    assert_eq!(app.totals().await.people_received, 2, "{broadcast_id}");
}
