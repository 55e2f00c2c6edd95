//! What a team sees of another team: nothing.

use proto::contacts::v1::{ImportFormat, ListContactsRequest};
use tonic::Code;

use crate::app::{App, line_id};

#[tokio::test]
async fn another_team_finds_neither_account_nor_contact() {
    let app = App::start().await;
    let mut owner = app.team();
    let account = owner.line_account().await;
    let file = format!("external_id\n{}\n", line_id(1));
    let done = owner
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();
    let contact = owner.contacts(&account, &done.token).await.remove(0);

    let mut stranger = app.team();
    assert_eq!(stranger.accounts(&done.token).await, []);
    let found = stranger.contact(&contact.contact_id).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
    let listed = stranger.list(ListContactsRequest {
        account_id: account.clone(),
        ..Default::default()
    });
    assert_eq!(listed.await.unwrap_err().code(), Code::NotFound);
    let imported = stranger.import(&account, ImportFormat::Csv, &file).await;
    assert_eq!(imported.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_page_token_is_of_one_team_and_account() {
    let app = App::start().await;
    let mut owner = app.team();
    let account = owner.line_account().await;
    let file = format!(
        "external_id\n{}\n{}\n{}\n",
        line_id(1),
        line_id(2),
        line_id(3)
    );
    let done = owner
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();

    let first = ListContactsRequest {
        account_id: account.clone(),
        page_size: 2,
        consistency_token: done.token,
        ..Default::default()
    };
    let page = owner.list(first.clone()).await.unwrap();
    assert_eq!((page.contacts.len(), page.total), (2, 3));

    let next = ListContactsRequest {
        page_token: page.next_page_token,
        ..first
    };
    let last = owner.list(next.clone()).await.unwrap();
    assert_eq!(
        (last.contacts.len(), last.next_page_token.as_str()),
        (1, "")
    );
    assert_ne!(last.contacts[0], page.contacts[1]);

    let stolen = app.team().list(next).await;
    assert_eq!(stolen.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn nobody_calls_without_a_token() {
    let app = App::start().await;
    let refused = app.anonymous_list().await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}
