use chrono::{Days, NaiveDate};
use uuid::Uuid;
use vault::SealKey;

use crate::app::{App, CONTACT, OTHER_TEAM, TEAM, profile_of};

const BROADCAST: Uuid = Uuid::from_u128(8);

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn is_same(one: &SealKey, two: &SealKey) -> bool {
    let aad = profile_of(TEAM, CONTACT);
    two.open(&aad, &one.seal(&aad, b"body")).is_ok()
}

#[tokio::test]
async fn each_day_has_one_key_for_all_processes() {
    let app = App::start().await;
    let (one, two) = (app.vault(), app.vault());
    let (one, two) = tokio::join!(one.day_key(day(1)), two.day_key(day(1)));
    assert!(is_same(&one.unwrap().unwrap(), &two.unwrap().unwrap()));

    let yesterday = app.vault().day_key(day(1)).await.unwrap().unwrap();
    let today = app.vault().day_key(day(2)).await.unwrap().unwrap();
    assert!(!is_same(&yesterday, &today));
}

#[tokio::test]
async fn days_are_destroyed_for_good() {
    let app = App::start().await;
    let vault = app.vault();
    for number in 1..=9 {
        vault.day_key(day(number)).await.unwrap();
    }
    let oldest_kept = day(9) - Days::new(7);
    assert_eq!(vault.destroy_days_before(oldest_kept).await.unwrap(), 1);
    assert_eq!(vault.destroy_days_before(oldest_kept).await.unwrap(), 0);

    for vault in [vault, app.vault()] {
        assert!(vault.day_key(day(1)).await.unwrap().is_none());
        assert!(vault.day_key(day(2)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_broadcast_has_one_key_until_it_is_destroyed() {
    let app = App::start().await;
    let (one, two) = (app.vault(), app.vault());
    let (first, second) = tokio::join!(
        one.broadcast_key(TEAM, BROADCAST),
        two.broadcast_key(TEAM, BROADCAST),
    );
    assert!(is_same(&first.unwrap().unwrap(), &second.unwrap().unwrap()));

    one.destroy_broadcast_key(TEAM, BROADCAST).await.unwrap();
    one.destroy_broadcast_key(TEAM, BROADCAST).await.unwrap();
    for vault in [one, app.vault()] {
        assert!(
            vault
                .broadcast_key(TEAM, BROADCAST)
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_broadcast_of_another_team_has_another_key() {
    let app = App::start().await;
    let vault = app.vault();
    let ours = vault.broadcast_key(TEAM, BROADCAST).await.unwrap().unwrap();
    let theirs = vault
        .broadcast_key(OTHER_TEAM, BROADCAST)
        .await
        .unwrap()
        .unwrap();
    assert!(!is_same(&ours, &theirs));
}
