use uuid::Uuid;

use crate::app::{App, OTHER_TEAM, TEAM};

const SECRET: &[u8] = b"channel access token";

#[tokio::test]
async fn processes_that_meet_a_team_at_once_agree_on_its_key() {
    let app = App::start().await;
    let (one, two) = (app.vault(), app.vault());
    let (one, two) = tokio::join!(one.lookup_key(TEAM), two.lookup_key(TEAM));
    assert_eq!(one.unwrap().member("42"), two.unwrap().member("42"));
}

#[tokio::test]
async fn credentials_are_opened_by_the_same_team_for_the_same_purpose() {
    let app = App::start().await;
    let sealed = app
        .vault()
        .seal_for_team(TEAM, "account", SECRET)
        .await
        .unwrap();
    assert!(!sealed.windows(SECRET.len()).any(|window| window == SECRET));

    let vault = app.vault();
    let opened = vault.open_for_team(TEAM, "account", &sealed).await;
    assert_eq!(opened.unwrap(), SECRET);
    assert!(vault.open_for_team(TEAM, "webhook", &sealed).await.is_err());
    assert!(
        vault
            .open_for_team(OTHER_TEAM, "account", &sealed)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_team_can_not_compare_the_identities_of_another() {
    let app = App::start().await;
    let vault = app.vault();
    let ours = vault.lookup_key(TEAM).await.unwrap();
    let theirs = vault.lookup_key(OTHER_TEAM).await.unwrap();
    assert_ne!(
        ours.identity(Uuid::nil(), "U1"),
        theirs.identity(Uuid::nil(), "U1")
    );
}
