//! Images of Messenger: uploaded once for everybody.

use std::collections::BTreeSet;

use channels::messenger::{Image, MessageContent};
use simulator::{GraphEndpoint, GraphFault};
use test_support::eventually;

use crate::meta::{ACCOUNT, Meta, stored};

const URL: &str = "https://shop.example/spring.png";

fn image() -> String {
    stored(MessageContent::Image(Image::Url {
        url: URL.to_owned(),
    }))
}

/// What everybody got as their image: an id of Meta's, or an address.
async fn sent(meta: &Meta) -> BTreeSet<String> {
    let received = meta.received().await.into_iter();
    received
        .map(|received| {
            let content: serde_json::Value = serde_json::from_str(received.content.get()).unwrap();
            content["attachment"]["payload"].to_string()
        })
        .collect()
}

async fn age(meta: &Meta, days: i32) {
    sqlx::query(
        "UPDATE messenger_attachments SET uploaded_at = uploaded_at - make_interval(days => $1)",
    )
    .bind(days)
    .execute(meta.app.store.pool())
    .await
    .unwrap();
}

/// Sends one more broadcast, to its end.
async fn delivered(meta: &Meta, chunks: impl IntoIterator<Item = u64>) {
    let chunks: Vec<u64> = chunks.into_iter().collect();
    let before = meta.totals().await.accepted;
    let everyone = before + chunks.iter().sum::<u64>();
    meta.broadcast_of(image(), chunks).await;
    let _worker = meta.app.deliver().await;
    eventually("everybody got it", async || {
        (meta.totals().await.accepted == everyone).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_image_is_uploaded_once_and_serves_later_broadcasts_too() {
    let meta = Meta::messenger().await;
    delivered(&meta, [5, 5]).await;
    delivered(&meta, [5]).await;
    let sent = sent(&meta).await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent.first().unwrap().contains("attachment_id"));
    assert_eq!(meta.totals().await.accepted, 15);
}

#[tokio::test]
async fn an_image_is_uploaded_again_before_meta_forgets_it() {
    let meta = Meta::messenger().await;
    delivered(&meta, [2]).await;
    age(&meta, 79).await;
    delivered(&meta, [2]).await;
    assert_eq!(sent(&meta).await.len(), 1);
    age(&meta, 2).await;
    delivered(&meta, [2]).await;
    assert_eq!(sent(&meta).await.len(), 2, "another upload has another id");
}

#[tokio::test]
async fn an_image_that_meta_has_lost_is_uploaded_again_and_everybody_gets_it() {
    let meta = Meta::messenger().await;
    delivered(&meta, [1]).await;
    sqlx::query("UPDATE messenger_attachments SET attachment_id = '1', uploaded_at = uploaded_at - interval '1 day'")
        .execute(meta.app.store.pool())
        .await
        .unwrap();
    delivered(&meta, [4]).await;
    let totals = meta.totals().await;
    assert_eq!(
        (totals.accepted, totals.errors.get(&100).copied() > Some(0)),
        (5, true)
    );
}

#[tokio::test]
async fn an_image_that_cannot_be_uploaded_is_sent_by_its_address() {
    let meta = Meta::messenger().await;
    meta.fault([GraphFault::refuse(1, None).at(GraphEndpoint::Media)])
        .await;
    delivered(&meta, [2]).await;
    let sent = sent(&meta).await;
    assert!(sent.first().unwrap().contains(URL), "{sent:?}");
}

#[tokio::test]
async fn an_upload_is_an_accounts_own() {
    let meta = Meta::messenger().await;
    delivered(&meta, [1]).await;
    let accounts: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT account_id FROM messenger_attachments")
            .fetch_all(meta.app.store.pool())
            .await
            .unwrap();
    assert_eq!(accounts, [ACCOUNT]);
}
