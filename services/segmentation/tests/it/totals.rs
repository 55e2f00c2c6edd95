use events::common::Channel;
use proto::segmentation::v1::Totals;

use crate::{
    app::{ACCOUNT, App, OTHER_ACCOUNT, TEAM},
    people::{Person, person},
};

#[tokio::test]
async fn totals_are_by_channel_and_in_all() {
    let app = App::start().await;
    app.connect(ACCOUNT, Channel::Line).await;
    let connected = app.connect(OTHER_ACCOUNT, Channel::Email).await;
    let elsewhere = Person {
        account: OTHER_ACCOUNT,
        ..person(4, &[])
    };
    let imported = app
        .import(
            TEAM,
            &[person(1, &[]), person(2, &[]), person(3, &[]), elsewhere],
        )
        .await;
    let blocked = app.block(1, 50).await;
    for token in [connected, imported, blocked] {
        app.count(None, &token).await;
    }
    let token = app.opt_out(TEAM, 2, 50).await;
    let totals = app.totals(&token).await;
    let all = Totals {
        contacts: 4,
        effective: 2,
        unsubscribed: 1,
        blocked: 1,
    };
    assert_eq!(totals.all, Some(all));
    let channels = totals.channels.into_iter();
    let channels: Vec<_> = channels
        .map(|of| {
            (
                of.channel(),
                of.totals.unwrap().contacts,
                of.totals.unwrap().effective,
            )
        })
        .collect();
    assert_eq!(channels, [(Channel::Line, 3, 1), (Channel::Email, 1, 1)]);
}

#[tokio::test]
async fn nobody_can_be_written_to_through_an_account_that_is_disconnected() {
    let app = App::start().await;
    let connected = app.connect(ACCOUNT, Channel::Line).await;
    let imported = app.import(TEAM, &[person(1, &[])]).await;
    app.count(None, &connected).await;
    assert_eq!(app.list(None, &imported).await.effective, 1);
    let token = app.disconnect(ACCOUNT).await;
    let listed = app.list(None, &token).await;
    assert_eq!((listed.total, listed.effective), (1, 0));
    let all = app.totals(&token).await.all.unwrap();
    assert_eq!((all.contacts, all.effective), (1, 0));
}
