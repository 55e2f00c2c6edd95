use uuid::Uuid;
use vault::{Aad, SenderKey, Vault};

use crate::app::{App, OTHER_TEAM, TEAM};

fn mia() -> Vec<u8> {
    b"identity of Mia".to_vec()
}

async fn key_of(vault: &Vault, team_id: Uuid, identity: Vec<u8>) -> SenderKey {
    let mut keys = vault
        .sender_keys(team_id, std::slice::from_ref(&identity))
        .await
        .unwrap();
    keys.remove(&identity).unwrap()
}

fn place(key: &SenderKey) -> Aad<'static> {
    Aad {
        team_id: TEAM,
        subject_id: key.id,
        event_id: Uuid::from_u128(7),
        event_type: "fanfare.events.ingress.v1.WebhookReceived",
    }
}

#[tokio::test]
async fn a_person_has_one_key_in_every_process() {
    let app = App::start().await;
    let (one, two) = (app.vault(), app.vault());
    let asked = tokio::join!(key_of(&one, TEAM, mia()), key_of(&two, TEAM, mia()));
    assert_eq!(asked.0.id, asked.1.id);
    let sealed = asked.0.key.seal(&place(&asked.0), b"hello");
    assert_eq!(
        asked.1.key.open(&place(&asked.1), &sealed).unwrap(),
        b"hello"
    );
    assert_ne!(key_of(&one, TEAM, b"An".to_vec()).await.id, asked.0.id);
    assert_ne!(key_of(&one, OTHER_TEAM, mia()).await.id, asked.0.id);
}

#[tokio::test]
async fn who_is_forgotten_gets_another_key_at_once_and_everywhere() {
    let app = App::start().await;
    let (one, two) = (app.vault(), app.vault());
    let before = key_of(&one, TEAM, mia()).await;
    key_of(&two, TEAM, mia()).await;
    let an = key_of(&one, TEAM, b"An".to_vec()).await;

    for _ in 0..2 {
        let people = [mia(), b"unknown".to_vec()];
        one.destroy_sender_keys(TEAM, &people).await.unwrap();
    }
    let after = key_of(&two, TEAM, mia()).await;
    assert_ne!(after.id, before.id);

    let ids = [before.id, after.id, an.id];
    let keys = app.vault().find_sender_keys(TEAM, &ids).await.unwrap();
    assert!(keys.is_erased(before.id));
    assert!(keys.live(after.id).is_some() && keys.live(an.id).is_some());
}
