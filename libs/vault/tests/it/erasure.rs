use sqlx::Connection as _;
use uuid::Uuid;
use vault::{Opened, Vault};

use crate::app::{App, CONTACT, OTHER_TEAM, TEAM, profile_of};

const CANARY: &[u8] = b"canary-5f2a";

async fn sealed_for_contact(vault: &Vault) -> Vec<u8> {
    let keys = vault.ensure_contact_keys(TEAM, &[CONTACT]).await.unwrap();
    let key = keys.live(CONTACT).unwrap();
    key.seal(&profile_of(TEAM, CONTACT), CANARY)
}

async fn open(vault: &Vault, sealed: &[u8]) -> Opened {
    let keys = vault.contact_keys(TEAM, &[CONTACT]).await.unwrap();
    keys.open(&profile_of(TEAM, CONTACT), sealed).unwrap()
}

#[tokio::test]
async fn an_erased_contact_can_not_be_read_by_any_process() {
    let app = App::start().await;
    let vault = app.vault();
    let sealed = sealed_for_contact(&vault).await;
    assert_eq!(open(&vault, &sealed).await, Opened::Plain(CANARY.to_vec()));

    vault.destroy_contact_key(TEAM, CONTACT).await.unwrap();
    assert_eq!(open(&vault, &sealed).await, Opened::Erased);
    assert_eq!(open(&app.vault(), &sealed).await, Opened::Erased);
    let kept: i64 = sqlx::query_scalar("SELECT count(wrapped) FROM contact_keys")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn another_process_notices_when_it_asks_again() {
    let app = App::start().await;
    let (one, two) = (app.vault(), app.vault());
    let sealed = sealed_for_contact(&one).await;
    open(&two, &sealed).await;

    one.destroy_contact_key(TEAM, CONTACT).await.unwrap();
    two.forget_cached_keys();
    assert_eq!(open(&two, &sealed).await, Opened::Erased);
}

#[tokio::test]
async fn a_destroyed_key_is_not_made_again() {
    let app = App::start().await;
    let vault = app.vault();
    let sealed = sealed_for_contact(&vault).await;
    vault.destroy_contact_key(TEAM, CONTACT).await.unwrap();
    vault.destroy_contact_key(TEAM, CONTACT).await.unwrap();

    let keys = vault.ensure_contact_keys(TEAM, &[CONTACT]).await.unwrap();
    assert!(keys.is_erased(CONTACT));
    assert!(keys.live(CONTACT).is_none());
    assert_eq!(open(&vault, &sealed).await, Opened::Erased);
}

#[tokio::test]
async fn a_contact_that_never_had_a_key_is_erased_as_well() {
    let app = App::start().await;
    let vault = app.vault();
    vault.destroy_contact_key(TEAM, CONTACT).await.unwrap();
    let keys = vault.ensure_contact_keys(TEAM, &[CONTACT]).await.unwrap();
    assert!(keys.is_erased(CONTACT));
}

#[tokio::test]
async fn a_team_can_not_erase_the_contact_of_another() {
    let app = App::start().await;
    let vault = app.vault();
    let sealed = sealed_for_contact(&vault).await;
    vault
        .destroy_contact_key(OTHER_TEAM, CONTACT)
        .await
        .unwrap();
    vault.forget_cached_keys();
    assert_eq!(open(&vault, &sealed).await, Opened::Plain(CANARY.to_vec()));
}

#[tokio::test]
async fn a_key_that_is_being_made_while_it_is_destroyed_does_not_outlive_that() {
    let app = App::start().await;
    let vault = app.vault();
    vault.lookup_key(TEAM).await.unwrap();

    // Another process has made the key, and has yet to commit.
    let mut connection = app.database.pool.acquire().await.unwrap();
    let mut maker = connection.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO contact_keys (team_id, contact_id, wrapped) VALUES ($1, $2, 'wrapped')",
    )
    .bind(TEAM)
    .bind(CONTACT)
    .execute(&mut *maker)
    .await
    .unwrap();

    let commit = async {
        test_support::eventually("the destroyer waits for the maker", async || {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
            (waiting == 1).then_some(())
        })
        .await;
        maker.commit().await.unwrap();
    };
    let (destroyed, ()) = tokio::join!(vault.destroy_contact_key(TEAM, CONTACT), commit);
    destroyed.unwrap();
    let keys = vault.contact_keys(TEAM, &[CONTACT]).await.unwrap();
    assert!(keys.is_erased(CONTACT));
}

#[tokio::test]
async fn many_contacts_are_erased_at_once_and_no_others() {
    let app = App::start().await;
    let vault = app.vault();
    let contacts: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
    vault.ensure_contact_keys(TEAM, &contacts).await.unwrap();
    let unknown = Uuid::from_u128(9);

    let gone = [contacts[3], contacts[1], unknown, contacts[3]];
    for _ in 0..2 {
        vault.destroy_contact_keys(TEAM, &gone).await.unwrap();
    }
    for vault in [&vault, &app.vault()] {
        let keys = vault.contact_keys(TEAM, &contacts).await.unwrap();
        let erased: Vec<bool> = contacts.iter().map(|id| keys.is_erased(*id)).collect();
        assert_eq!(erased, [false, true, false, true, false]);
    }
}
