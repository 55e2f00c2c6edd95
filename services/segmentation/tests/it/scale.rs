//! A table of a million: what Postgres itself says it read for filters that few match.

use events::contact::Profile;
use prost::Message as _;
use proto::segmentation::v1::{Filter, ListContactsRequest, filter::Condition};
use sqlx::{Connection as _, PgConnection, PgPool};
use test_support::eventually;
use uuid::Uuid;
use vault::Aad;

use crate::{
    app::{ACCOUNT, App, OTHER_TEAM, TEAM},
    asking::{all, ids, name, of, range, resolve, tags},
    people::person,
};

const EVERYONE: i64 = 1_000_000;
/// The rest is of another team. A larger one takes a test, which is not optimised, too long to read.
const PEOPLE: i64 = 100_000;
/// More than pages and audiences of a few need, and far less than the team.
const ROWS_MAX: i64 = 10_000;

/// Rows as the projection leaves them; their profiles can't be opened, but for one.
async fn insert_people(pool: &PgPool) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "INSERT INTO contacts (contact_id, team_id, account_id, ordinal, status, opted_out,
             site_bound, tag_ids, subscribed_at, last_interaction_at, name_key, email_key)
         SELECT lpad(to_hex(n), 32, '0')::uuid,
                CASE WHEN n <= {PEOPLE} THEN '{TEAM}' ELSE '{OTHER_TEAM}' END::uuid,
                '{ACCOUNT}', n, 1, 0, n % 3 = 0,
                CASE WHEN n % 1000 = 0 THEN ARRAY['{rare}', '{common}']::uuid[]
                     ELSE ARRAY['{common}']::uuid[] END,
                to_timestamp(n), to_timestamp(n * 10), gen_random_uuid(), gen_random_uuid()
         FROM generate_series(1, {EVERYONE}) AS n;
         INSERT INTO ordinals VALUES ('{TEAM}', {PEOPLE});
         INSERT INTO tags VALUES ('{TEAM}', '{rare}', 'rare'), ('{TEAM}', '{common}', 'common');
         ANALYZE contacts;",
        rare = Uuid::from_u128(1),
        common = Uuid::from_u128(2),
    )))
    .execute(pool)
    .await
    .unwrap();
}

/// Gives one of them a profile and search keys.
async fn introduce(app: &App, id: u128, profile: &Profile) {
    let (contact_id, event_id, event_type) = (Uuid::from_u128(id), Uuid::now_v7(), "test");
    let keys = app
        .vault
        .ensure_contact_keys(TEAM, &[contact_id])
        .await
        .unwrap();
    let aad = Aad {
        team_id: TEAM,
        subject_id: contact_id,
        event_id,
        event_type,
    };
    let sealed = keys
        .live(contact_id)
        .unwrap()
        .seal(&aad, &profile.encode_to_vec());
    let lookup = app.vault.lookup_key(TEAM).await.unwrap();
    let key = |key: [u8; 32]| Uuid::from_slice(&key[..16]).unwrap();
    sqlx::query(
        "UPDATE contacts SET sealed_profile = $2, profile_event_id = $3, profile_event_type = $4,
                name_key = $5, email_key = $6, phone_key = $7, member_key = $8 WHERE contact_id = $1",
    )
    .bind(contact_id)
    .bind(sealed)
    .bind(event_id)
    .bind(event_type)
    .bind(key(lookup.name("mia")))
    .bind(key(lookup.email("mia@example.com")))
    .bind(key(lookup.phone("+886912345678")))
    .bind(key(lookup.member("M-7")))
    .execute(&app.database.pool)
    .await
    .unwrap();
}

/// Rows that were read by scans of the whole table, and by way of its indexes. The numbers are complete
/// when those who have read are gone.
async fn rows_read(app: &App) -> (i64, i64) {
    app.stop().await;
    app.database.pool.close().await;
    let mut alone = PgConnection::connect(&app.database.url).await.unwrap();
    eventually("only this test is connected", async || {
        let others: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .fetch_one(&mut alone)
        .await
        .unwrap();
        (others == 0).then_some(())
    })
    .await;
    sqlx::query_as(
        "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'contacts'",
    )
    .fetch_one(&mut alone)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_filter_that_few_match_reads_few_rows_of_a_million() {
    let app = App::start().await;
    insert_people(&app.database.pool).await;
    let mut profile = person(7, &[]).profile;
    profile.display_name = "Mia".to_owned();
    profile.email = "mia@example.com".to_owned();
    introduce(&app, 7, &profile).await;
    // The first question makes the index, which reads the team once.
    eventually("the team's index is there", async || {
        let request = ListContactsRequest::default();
        app.person().list_contacts(request).await.ok()
    })
    .await;
    let selective: Vec<Condition> = vec![
        Condition::HasAnyTag(tags(&["rare"])),
        all([
            of(Condition::HasAllTags(tags(&["rare", "common"]))),
            of(Condition::Not(Box::new(of(Condition::SiteBound(true))))),
        ]),
        all([
            of(Condition::SubscribedAt(range(Some(50_000), Some(50_200)))),
            of(Condition::LastInteraction(range(Some(500_500), None))),
        ]),
        name("mia", proto::segmentation::v1::NameMatchKind::Unspecified),
        Condition::Email("MIA@example.com".to_owned()),
        Condition::Phone("+886 912-345-678".to_owned()),
        Condition::MemberNumber("M-7".to_owned()),
    ];
    for condition in selective {
        let filter = of(condition);
        let few = listed(&app, &filter).await;
        assert!((1..=200).contains(&few), "{few}: {filter:?}");
        let audience = resolve(app.sender(), Some(filter), false, "")
            .await
            .unwrap();
        assert!(ids(&audience).len() <= 200);
    }
    let deep = ListContactsRequest {
        skip: 50_000,
        ..ListContactsRequest::default()
    };
    let page = app.person().list_contacts(deep).await.unwrap().into_inner();
    assert_eq!(page.total, PEOPLE);

    let (scanned, fetched) = rows_read(&app).await;
    let once = PEOPLE + ROWS_MAX;
    assert!(
        scanned + fetched <= once,
        "{scanned} rows scanned and {fetched} fetched"
    );
}

async fn listed(app: &App, filter: &Filter) -> i64 {
    let request = ListContactsRequest {
        filter: Some(filter.clone()),
        ..ListContactsRequest::default()
    };
    app.person()
        .list_contacts(request)
        .await
        .unwrap()
        .into_inner()
        .total
}
