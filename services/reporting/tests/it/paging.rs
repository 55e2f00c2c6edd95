//! Page tokens are good for the list that they came with.

use bootstrap::reason;
use proto::reporting::v1::RecipientStatus;
use tonic::Code;
use uuid::Uuid;

use crate::{facts::Facts, projector::projected, reader::Reader};

#[tokio::test]
async fn a_list_of_many_chunks_is_read_page_by_page() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(1_234);
    let database = projected(&facts).await;
    let reader = Reader::new(&database.pool, facts.team);
    let contacts = facts.broadcasts[0]
        .chunks
        .iter()
        .flat_map(|chunk| &chunk.contacts);
    let expected: Vec<String> = contacts.map(Uuid::to_string).collect();
    for page_size in [1_000, 499, 100] {
        let told = reader
            .recipients(broadcast, RecipientStatus::Sent, page_size)
            .await;
        let told: Vec<String> = told
            .unwrap()
            .into_iter()
            .map(|person| person.contact_id)
            .collect();
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_page_token_is_refused_elsewhere() {
    let mut facts = Facts::of_a_team();
    let (broadcast, other) = (facts.sent_to(10), facts.sent_to(10));
    let database = projected(&facts).await;
    let reader = Reader::new(&database.pool, facts.team);
    let page = reader
        .recipients_page(broadcast, RecipientStatus::Sent, 3, String::new())
        .await
        .unwrap();
    let token = page.next_page_token;
    assert_eq!((page.recipients.len(), page.total), (3, 10));

    let elsewhere = [
        reader
            .recipients_page(other, RecipientStatus::Sent, 3, token.clone())
            .await,
        reader
            .recipients_page(broadcast, RecipientStatus::Audience, 3, token.clone())
            .await,
        reader
            .recipients_page(broadcast, RecipientStatus::Sent, 3, format!("{token}A"))
            .await,
        reader
            .recipients_page(broadcast, RecipientStatus::Sent, 3, "AAAA".to_owned())
            .await,
    ];
    for refused in elsewhere {
        let status = refused.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason(&status).as_deref(), Some("PAGE_TOKEN_INVALID"));
    }
    assert!(reader.reports_page(1, token.clone()).await.is_err());
    assert!(reader.orders_page(broadcast, 1, token).await.is_err());
}

#[tokio::test]
async fn what_is_asked_for_is_checked() {
    let facts = Facts::of_a_team();
    let database = projected(&facts).await;
    let reader = Reader::new(&database.pool, facts.team);
    let any = Uuid::now_v7();
    let no_list = reader
        .recipients_page(any, RecipientStatus::Unspecified, 1, String::new())
        .await;
    assert_eq!(
        reason(&no_list.unwrap_err()).as_deref(),
        Some("STATUS_REQUIRED")
    );
    let negative = reader.reports_page(-1, String::new()).await;
    assert_eq!(negative.unwrap_err().code(), Code::InvalidArgument);
}
