//! Importing contact files.

use std::collections::BTreeSet;

use events::{ContactEvent, ContactsLogEvent};
use proto::contacts::v1::{ContactStatus, ImportCounts, ImportFormat};
use tokio::join;
use tonic::Code;
use uuid::Uuid;

use crate::app::{App, line_id};

/// Customers of CDNOW, with made-up addresses: 598 of LINE among 2,357.
const SAMPLE: &str = include_str!("../../../../tests/data/contacts.csv");

#[tokio::test]
async fn a_csv_file_is_imported_and_its_other_rows_are_refused() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let done = team
        .import(&account, ImportFormat::Csv, SAMPLE)
        .await
        .unwrap();

    assert_eq!(done.counts, counts(2357, 598, 0, 0, 1759));
    assert!(done.refused.iter().all(|row| row.reason == "OTHER_CHANNEL"));
    assert_eq!(done.refused[0].line, 2);

    let contacts = team.contacts(&account, &done.token).await;
    assert_eq!(contacts.len(), 598);
    let mei = contacts
        .iter()
        .find(|contact| contact.external_id == "U05a99c00b975ff15c51fe48e9fac2f2a")
        .unwrap();
    assert_eq!(mei.display_name, "Customer 23556");
    assert_eq!(mei.member_number, "23556");
    assert_eq!(mei.tags, ["cohort-1997-03", "collector", "repeat", "vip"]);
    assert_eq!(mei.status(), ContactStatus::Subscribed);
    assert_eq!(mei.subscribed_at.unwrap().seconds, 859_266_000);
    assert_eq!(team.contact(&mei.contact_id).await.unwrap(), *mei);
}

#[tokio::test]
async fn importing_again_changes_only_what_changed() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    team.import(&account, ImportFormat::Csv, SAMPLE)
        .await
        .unwrap();
    let events = app.events().await;

    let again = team
        .import(&account, ImportFormat::Csv, SAMPLE)
        .await
        .unwrap();
    assert_eq!(again.counts, counts(2357, 0, 0, 598, 1759));
    // That there was a job, and how it ended.
    assert_eq!(app.events().await, events + 2, "nothing new is in the log");

    let changed = SAMPLE.replace(
        "Customer 23556,,,23556,repeat|vip|collector|cohort-1997-03",
        "Lin Mei,,,23556,repeat",
    );
    let changed = team
        .import(&account, ImportFormat::Csv, &changed)
        .await
        .unwrap();
    assert_eq!(changed.counts.updated, 1);
    let contacts = team.contacts(&account, &changed.token).await;
    assert_eq!(contacts.len(), 598);
    let mei = contacts
        .iter()
        .find(|contact| contact.member_number == "23556")
        .unwrap();
    assert_eq!(
        (mei.display_name.as_str(), mei.tags.as_slice()),
        (
            "Lin Mei",
            ["cohort-1997-03", "collector", "repeat", "vip"]
                .map(str::to_owned)
                .as_slice()
        ),
        "tags are added"
    );
}

#[tokio::test]
async fn a_jsonl_file_says_the_same_as_a_csv_file() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let csv = format!(
        "\u{feff}external_id,display_name,tags,subscribed_at\r\n{},\"Lin, Mei\",a|b,1997-03-25T05:00:00Z\r\n",
        line_id(1),
    );
    let jsonl = format!(
        "\u{feff}{{\"external_id\":\"{}\",\"display_name\":\"Lin, Mei\",\"tags\":[\"b\",\"a\"],\"subscribed_at\":\"1997-03-25T05:00:00Z\"}}\r\n",
        line_id(1),
    );
    let first = team
        .import(&account, ImportFormat::Csv, &csv)
        .await
        .unwrap();
    assert_eq!(first.counts, counts(1, 1, 0, 0, 0));
    let second = team
        .import(&account, ImportFormat::Jsonl, &jsonl)
        .await
        .unwrap();
    assert_eq!(second.counts, counts(1, 0, 0, 1, 0));
}

#[tokio::test]
async fn each_bad_row_is_refused_with_its_line_and_the_rest_is_imported() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = format!(
        "external_id,display_name,subscribed_at\n{a},A,\nU12,B,\n{b},B,yesterday\n{a},A again,\n{b},B\n{b},B,\n{c},{long},\n",
        a = line_id(1),
        b = line_id(2),
        c = line_id(3),
        long = "x".repeat(101),
    );
    let done = team
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();

    let refused: Vec<(i64, &str)> = done
        .refused
        .iter()
        .map(|row| (row.line, row.reason.as_str()))
        .collect();
    assert_eq!(
        refused,
        [
            (3, "INVALID_EXTERNAL_ID"),
            (4, "INVALID_TIME"),
            (5, "DUPLICATE_ROW"),
            (6, "MALFORMED_ROW"),
            (8, "TOO_LONG"),
        ],
    );
    assert!(
        done.refused[2].message.contains("line 2"),
        "{:?}",
        done.refused[2]
    );
    assert_eq!(done.counts, counts(7, 2, 0, 0, 5));
    assert_eq!(team.contacts(&account, &done.token).await.len(), 2);
}

#[tokio::test]
async fn a_person_who_is_imported_twice_at_once_is_one_contact() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = rows(0..6_000, "A");
    let (mut one, mut two) = (app.same_team(&team), app.same_team(&team));
    let (one, two) = join!(
        one.import(&account, ImportFormat::Csv, &file),
        two.import(&account, ImportFormat::Csv, &file),
    );
    let token = one.unwrap().token;
    assert_eq!(two.unwrap().counts.rows, 6_000);

    let contacts = team.contacts(&account, &token).await;
    let people: BTreeSet<&str> = contacts
        .iter()
        .map(|contact| contact.external_id.as_str())
        .collect();
    assert_eq!((contacts.len(), people.len()), (6_000, 6_000));
}

#[tokio::test]
async fn an_import_that_was_cut_off_is_finished_by_importing_again() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = rows(0..12_000, "A");
    let cut = team
        .import_part_of(&account, &file, file.len() * 3 / 4)
        .await;
    assert_eq!(cut.unwrap_err().code(), Code::Cancelled);

    let done = team
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();
    assert_eq!(done.counts.rows, 12_000);
    assert_eq!(done.counts.added + done.counts.unchanged, 12_000);
    assert_eq!(team.contacts(&account, &done.token).await.len(), 12_000);
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_as_a_whole() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let no_column = team
        .import(&account, ImportFormat::Csv, "name\nMei\n")
        .await
        .unwrap_err();
    assert_eq!(no_column.code(), Code::InvalidArgument);
    assert!(no_column.message().contains("external_id"), "{no_column}");

    let nowhere = team
        .import(&Uuid::new_v4().to_string(), ImportFormat::Csv, SAMPLE)
        .await;
    assert_eq!(nowhere.unwrap_err().code(), Code::NotFound);
    let unknown = team
        .import(&account, ImportFormat::Unspecified, SAMPLE)
        .await;
    assert_eq!(unknown.unwrap_err().code(), Code::InvalidArgument);
}

/// All events of a contact have to be in one partition, so that they have one order.
#[tokio::test]
async fn an_event_has_only_contacts_of_its_own_partition_and_few() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    team.import(&account, ImportFormat::Csv, &rows(0..4_000, "A"))
        .await
        .unwrap();

    let mut contacts = 0;
    for (partition, event) in app.log().await {
        let ContactsLogEvent::Contact(ContactEvent::Imported(imported)) = event else {
            continue;
        };
        assert!(imported.contacts.len() <= 500);
        contacts += imported.contacts.len();
        for contact in imported.contacts {
            let contact_id = events::id(&contact.contact_id);
            assert_eq!(event_store::partition_of(contact_id, 4), partition);
        }
    }
    assert_eq!(contacts, 4_000);
}

fn counts(rows: i64, added: i64, updated: i64, unchanged: i64, refused: i64) -> ImportCounts {
    ImportCounts {
        rows,
        added,
        updated,
        unchanged,
        refused,
    }
}

pub(crate) fn rows(people: std::ops::Range<u32>, name: &str) -> String {
    let rows = people.map(|person| format!("{},{name} {person},new\n", line_id(person)));
    std::iter::once("external_id,display_name,tags\n".to_owned())
        .chain(rows)
        .collect()
}
