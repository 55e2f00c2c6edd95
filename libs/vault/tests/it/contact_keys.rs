use std::collections::HashSet;

use uuid::Uuid;
use vault::{OpenError, Opened};

use crate::app::{App, CONTACT, OTHER_TEAM, TEAM, profile_of};

fn contacts(count: u128) -> Vec<Uuid> {
    (1..=count).map(Uuid::from_u128).collect()
}

#[tokio::test]
async fn what_one_process_seals_another_opens() {
    let app = App::start().await;
    let keys = app
        .vault()
        .ensure_contact_keys(TEAM, &[CONTACT])
        .await
        .unwrap();
    let aad = profile_of(TEAM, CONTACT);
    let sealed = keys.live(CONTACT).unwrap().seal(&aad, b"Mia");

    let keys = app.vault().contact_keys(TEAM, &[CONTACT]).await.unwrap();
    let opened = keys.open(&aad, &sealed).unwrap();
    assert_eq!(opened, Opened::Plain(b"Mia".to_vec()));
}

#[tokio::test]
async fn ten_thousand_keys_are_made_and_read_at_once() {
    let app = App::start().await;
    let contacts = contacts(10_000);
    let made = app
        .vault()
        .ensure_contact_keys(TEAM, &contacts)
        .await
        .unwrap();
    let read = app.vault().contact_keys(TEAM, &contacts).await.unwrap();
    for contact in contacts {
        let aad = profile_of(TEAM, contact);
        let sealed = made.live(contact).unwrap().seal(&aad, contact.as_bytes());
        let opened = read.open(&aad, &sealed).unwrap();
        assert_eq!(opened, Opened::Plain(contact.as_bytes().to_vec()));
    }
}

#[tokio::test]
async fn a_batch_may_name_a_contact_twice_and_have_some_of_its_keys() {
    let app = App::start().await;
    let vault = app.vault();
    vault.ensure_contact_keys(TEAM, &contacts(5)).await.unwrap();
    let mut batch = contacts(10);
    batch.extend(contacts(10));
    let keys = vault.ensure_contact_keys(TEAM, &batch).await.unwrap();
    assert!(
        contacts(10)
            .iter()
            .all(|contact| keys.live(*contact).is_some())
    );
}

#[tokio::test]
async fn processes_that_create_the_same_keys_at_once_get_the_same() {
    let app = App::start().await;
    let forwards = contacts(2_000);
    let one = app.vault();
    let two = app.vault();
    let mut backwards = forwards.clone();
    backwards.reverse();
    let (one, two) = tokio::join!(
        one.ensure_contact_keys(TEAM, &forwards),
        two.ensure_contact_keys(TEAM, &backwards),
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    for contact in forwards {
        let aad = profile_of(TEAM, contact);
        let sealed = one.live(contact).unwrap().seal(&aad, b"Mia");
        assert!(two.open(&aad, &sealed).is_ok(), "{contact}");
    }
}

#[tokio::test]
async fn a_key_that_was_never_made_is_missing_and_not_erased() {
    let app = App::start().await;
    let keys = app.vault().contact_keys(TEAM, &[CONTACT]).await.unwrap();
    let opened = keys.open(&profile_of(TEAM, CONTACT), b"sealed");
    assert!(matches!(opened, Err(OpenError::KeyMissing)));
}

#[tokio::test]
async fn a_team_does_not_find_the_keys_of_another() {
    let app = App::start().await;
    let vault = app.vault();
    vault.ensure_contact_keys(TEAM, &[CONTACT]).await.unwrap();
    let keys = vault.contact_keys(OTHER_TEAM, &[CONTACT]).await.unwrap();
    assert!(keys.get(CONTACT).is_none());
}

#[tokio::test]
async fn stored_keys_are_all_different_and_bound_to_their_rows() {
    let app = App::start().await;
    let contacts = contacts(100);
    app.vault()
        .ensure_contact_keys(TEAM, &contacts)
        .await
        .unwrap();
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("SELECT wrapped FROM contact_keys")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    // Nonce, key and tag.
    assert!(stored.iter().all(|wrapped| wrapped.len() == 12 + 32 + 16));
    assert_eq!(stored.iter().collect::<HashSet<_>>().len(), 100);

    sqlx::query("UPDATE contact_keys SET wrapped = $1")
        .bind(&stored[0])
        .execute(&app.database.pool)
        .await
        .unwrap();
    assert!(app.vault().contact_keys(TEAM, &contacts).await.is_err());
}

#[tokio::test]
async fn keys_of_new_contacts_are_one_whoever_makes_them() {
    let app = App::start().await;
    let (one, other) = (app.vault(), app.vault());
    let contacts = contacts(100);
    let first = one.new_contact_keys(TEAM, &contacts[..60]).await.unwrap();
    let second = other.new_contact_keys(TEAM, &contacts).await.unwrap();
    let both = first.with(second.clone());
    for contact in contacts {
        let aad = profile_of(TEAM, contact);
        let read = app.vault().contact_keys(TEAM, &[contact]).await.unwrap();
        for keys in [&second, &both] {
            let sealed = keys.live(contact).unwrap().seal(&aad, b"Mia");
            let opened = read.open(&aad, &sealed).unwrap();
            assert_eq!(opened, Opened::Plain(b"Mia".to_vec()));
        }
    }
}
