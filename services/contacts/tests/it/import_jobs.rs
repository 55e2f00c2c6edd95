//! Imports as jobs: dry, mapped, cut off, sent again, cancelled.

use std::collections::BTreeMap;

use encoding_rs::BIG5;
use events::{ContactEvent, ContactsLogEvent, JobEvent};
use proto::contacts::v1::{
    ColumnMapping, ImportCounts, ImportFormat, ImportStart, JobKind, JobState,
};
use test_support::{Break, Breakable as _, Place};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{App, line_id},
    importing::{parts, start},
    imports::rows,
};

impl App {
    /// How often each contact was imported.
    async fn imported(&self) -> BTreeMap<Uuid, usize> {
        let mut imported = BTreeMap::new();
        for (_, event) in self.log().await {
            if let ContactsLogEvent::Contact(ContactEvent::Imported(event)) = event {
                for contact in event.contacts {
                    *imported.entry(events::id(&contact.contact_id)).or_default() += 1;
                }
            }
        }
        imported
    }

    async fn rows_in(&self, table: &str) -> i64 {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count = sqlx::query_scalar(count);
        count.fetch_one(&self.database.pool).await.unwrap()
    }
}

fn named(account: &str) -> ImportStart {
    ImportStart {
        job_id: Uuid::new_v4().to_string(),
        ..start(account, ImportFormat::Csv)
    }
}

#[tokio::test]
async fn an_import_is_a_job() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = rows(1..8, "A") + "U12,B,\n";
    let done = team
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();

    let job_id = done.started.job_id;
    let job = team.job(&job_id).await.unwrap();
    assert_eq!((job.kind(), job.state()), (JobKind::Import, JobState::Done));
    assert_eq!((job.total, job.processed, job.refused), (Some(8), 8, 1));
    assert_eq!((job.changed, job.dry_run), (7, false));
    assert_eq!(
        (job.account_id.as_str(), job.actor.as_str()),
        (account.as_str(), "person:test")
    );
    let events = app.job_events(&job_id).await;
    let [JobEvent::Started(_), JobEvent::Ended(ended)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((ended.processed, ended.changed, ended.refused), (8, 7, 1));
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    team.import(&account, ImportFormat::Csv, &rows(0..10, "A"))
        .await
        .unwrap();
    let before = (
        app.imported().await,
        app.rows_in("contact_identities").await,
    );
    let file = rows(0..5, "A") + &rows(5..12, "B").replace("new", "never seen").split_off(30);
    let dry = ImportStart {
        dry_run: true,
        ..named(&account)
    };
    let would = team.import_as(dry, file.as_bytes()).await.unwrap();
    let expected = ImportCounts {
        rows: 12,
        added: 2,
        updated: 5,
        unchanged: 5,
        refused: 0,
    };
    assert_eq!(would.counts, expected);
    assert_eq!(
        (
            app.imported().await,
            app.rows_in("contact_identities").await
        ),
        before
    );
    assert!(!app.database_contains("never seen").await);
    let job = team.job(&would.started.job_id).await.unwrap();
    assert_eq!((job.changed, job.dry_run), (7, true));

    let done = team
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();
    assert_eq!(done.counts, expected);
}

#[tokio::test]
async fn a_file_that_broke_off_goes_on_where_it_stopped() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = format!(
        "{}U12,bad,\n{}",
        rows(0..6_000, "A"),
        &rows(6_000..20_000, "A")[30..]
    );
    let start = named(&account);
    let cut = team
        .import_part_as(start.clone(), &file.as_bytes()[..file.len() / 2])
        .await;
    assert_eq!(cut.unwrap_err().code(), Code::Cancelled);
    let job = team.job(&start.job_id).await.unwrap();
    assert_eq!((job.state(), job.total), (JobState::Running, None));

    let done = team
        .import_as(start.clone(), file.as_bytes())
        .await
        .unwrap();
    assert!(done.started.rows_done >= 5_000, "{:?}", done.started);
    assert_eq!(done.counts.rows, 20_001);
    assert_eq!(done.counts.added + done.counts.unchanged, 20_000);
    let refused: Vec<i64> = done.refused.iter().map(|row| row.line).collect();
    assert_eq!(refused, [6_002]);
    let imported = app.imported().await;
    assert_eq!(imported.len(), 20_000);
    assert!(imported.values().all(|times| *times == 1));
    assert_eq!(team.contacts(&account, &done.token).await.len(), 20_000);

    // Whoever did not hear the answer may ask again; not with a file that has grown.
    let events = app.events().await;
    let grown = format!(
        "{file}{}",
        rows(30_000..30_001, "A").lines().last().unwrap()
    );
    let refused = team.import_as(start.clone(), grown.as_bytes()).await;
    let refused = bootstrap::reason(&refused.unwrap_err());
    assert_eq!(refused.as_deref(), Some("FILE_CHANGED"));
    let again = team.import_as(start, file.as_bytes()).await.unwrap();
    assert_eq!((again.counts, again.refused), (done.counts, done.refused));
    assert_eq!(app.events().await, events);
}

#[tokio::test]
async fn another_file_or_another_request_is_another_job() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = rows(0..12_000, "A");
    let start = named(&account);
    let half = &file.as_bytes()[..file.len() / 2];
    team.import_part_as(start.clone(), half).await.unwrap_err();

    let others = [
        file.replace("A 17,", "B 17,"),
        file.replacen("display_name", "member_number", 1),
        file.lines().take(100).collect::<Vec<_>>().join("\n"),
    ];
    for other in others {
        let refused = team
            .import_as(start.clone(), other.as_bytes())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(bootstrap::reason(&refused).as_deref(), Some("FILE_CHANGED"));
    }
    let replacing = ImportStart {
        replace_tags: true,
        ..start.clone()
    };
    let refused = team
        .import_as(replacing, file.as_bytes())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    let done = team.import_as(start, file.as_bytes()).await.unwrap();
    assert_eq!(done.counts.rows, 12_000);
}

#[tokio::test]
async fn an_import_that_is_cancelled_keeps_what_was_imported() {
    cancelled_half_way(false).await;
}

#[tokio::test]
async fn a_caller_that_sends_slowly_is_told_that_its_import_was_cancelled() {
    cancelled_half_way(true).await;
}

async fn cancelled_half_way(slow: bool) {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = rows(0..30_000, "A");
    let start = named(&account);
    let (sender, receiver) = mpsc::channel(1_000);
    let mut parts = parts(start.clone(), file.as_bytes());
    for part in parts.by_ref().take(60) {
        sender.send(part).await.unwrap();
    }
    let reports = team.contacts.import_contacts(ReceiverStream::new(receiver));
    let mut reports = reports.await.unwrap().into_inner();
    // That it started, and how far it is.
    reports.message().await.unwrap().unwrap();
    reports.message().await.unwrap().unwrap();
    team.cancel_job(&start.job_id).await.unwrap();
    if slow {
        // So slow that it is ended for the caller.
        app.let_go().await;
        team.ended(&start.job_id).await;
    }
    for part in parts {
        // Nobody takes the rest.
        drop(sender.try_send(part));
    }
    drop(sender);
    let ended = loop {
        match reports.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it went on to its end"),
            Err(status) => break status,
        }
    };
    assert_eq!(bootstrap::reason(&ended).as_deref(), Some("JOB_CANCELLED"));
    let job = team.job(&start.job_id).await.unwrap();
    assert_eq!(job.state(), JobState::Cancelled);
    let told = format!("after {} rows", job.processed);
    assert!(slow || ended.message().contains(&told), "{ended}");
    assert!(
        (5_000..30_000).contains(&job.processed),
        "{}",
        job.processed
    );
    let again = team.import_as(start, file.as_bytes()).await.unwrap_err();
    assert_eq!(bootstrap::reason(&again).as_deref(), Some("JOB_ENDED"));
}

#[tokio::test]
async fn an_import_that_nobody_sends_any_more_can_be_cancelled() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = rows(0..12_000, "A");
    let start = named(&account);
    let half = &file.as_bytes()[..file.len() / 2];
    team.import_part_as(start.clone(), half).await.unwrap_err();
    team.cancel_job(&start.job_id).await.unwrap();
    app.let_go().await;
    let (ended, _) = team.ended(&start.job_id).await;
    assert_eq!(ended.state(), JobState::Cancelled);
    assert!(ended.processed >= 5_000);
}

#[tokio::test]
async fn tags_are_added_or_replace_those_that_there_are() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = |tags: &str| format!("external_id,tags\n{},{tags}\n", line_id(1));
    let replacing = ImportStart {
        replace_tags: true,
        ..start(&account, ImportFormat::Csv)
    };
    let adding = start(&account, ImportFormat::Csv);
    let steps: [(&ImportStart, &str, &[&str], i64); 6] = [
        (&adding, "b|a", &["a", "b"], 0),
        (&adding, "c", &["a", "b", "c"], 0),
        (&adding, "c", &["a", "b", "c"], 1),
        (&replacing, "c", &["c"], 0),
        (&replacing, "c", &["c"], 1),
        (&replacing, "", &[], 0),
    ];
    for (start, tags, expected, unchanged) in steps {
        let done = team
            .import_as(start.clone(), file(tags).as_bytes())
            .await
            .unwrap();
        assert_eq!(done.counts.unchanged, unchanged, "{tags} {expected:?}");
        let contacts = team.contacts(&account, &done.token).await;
        assert_eq!(contacts[0].tags, expected);
    }
    for (_, event) in app.log().await {
        if let ContactsLogEvent::Contact(ContactEvent::Imported(event)) = event {
            assert!(
                event.contacts[0].tags.is_empty(),
                "names are in the dictionary"
            );
        }
    }
}

#[tokio::test]
async fn a_file_as_excel_writes_it_is_imported() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = format!(
        "LINE ID;姓名;標籤;備註\r\n{};許功蓋;常客|新客;x\r\n",
        line_id(1)
    );
    let (big5, ..) = BIG5.encode(&file);
    let column = |column: &str, field: &str| ColumnMapping {
        column: column.to_owned(),
        field: field.to_owned(),
    };
    let mapped = ImportStart {
        columns: vec![
            column("LINE ID", "external_id"),
            column("姓名", "display_name"),
            column("標籤", "tags"),
        ],
        ..start(&account, ImportFormat::Csv)
    };
    let done = team.import_as(mapped.clone(), &big5).await.unwrap();
    let contacts = team.contacts(&account, &done.token).await;
    assert_eq!(contacts[0].display_name, "許功蓋");
    assert_eq!(contacts[0].tags.len(), 2);

    let unknown = ImportStart {
        columns: vec![column("a", "phone"), column("b", "shoe_size")],
        ..mapped
    };
    let refused = team.import_as(unknown, &big5).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.message().starts_with("start.columns[1].field"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_file_that_can_not_be_read_fails_its_job() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let start = named(&account);
    let refused = team
        .import_as(start.clone(), b"name\nMei\n")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let job = team.job(&start.job_id).await.unwrap();
    assert_eq!(job.state(), JobState::Failed);
    assert!(job.message.contains("external_id"), "{}", job.message);
}

#[tokio::test]
async fn an_import_that_failed_at_any_step_imports_everyone_once() {
    let steps = [
        Place("INSERT ON contact_identities", "true"),
        Place(
            "INSERT ON log_events",
            "NEW.event_type LIKE '%.TagsCreated'",
        ),
        Place(
            "INSERT ON log_events",
            "NEW.event_type LIKE '%.ContactsImported' AND NEW.partition = 2",
        ),
        Place("UPDATE ON job_work", "NEW.processed > 5000"),
        Place("INSERT ON log_events", "NEW.event_type LIKE '%.JobEnded'"),
    ];
    for place in steps {
        let app = App::start().await;
        let mut team = app.team();
        let account = team.line_account().await;
        let file = rows(0..12_000, "A");
        let start = named(&account);
        app.break_at(place, Break::Fail).await;
        let failed = team.import_as(start.clone(), file.as_bytes()).await;
        assert!(failed.is_err(), "{place:?}");
        app.broken().await;
        let team_id = team.id;
        let app = app.restart(async |_| ()).await;
        app.mend(place).await;
        let mut team = app.team_of(team_id);
        let done = team.import_as(start, file.as_bytes()).await.unwrap();
        assert_eq!(done.counts.rows, 12_000, "{place:?}");
        let imported = app.imported().await;
        assert_eq!(imported.len(), 12_000, "{place:?}");
        assert!(imported.values().all(|times| *times == 1), "{place:?}");
    }
}

impl App {
    /// As if whoever holds a job had not said for long that it does.
    async fn let_go(&self) {
        sqlx::query("UPDATE job_work SET held_until = now() - interval '1 second'")
            .execute(&self.database.pool)
            .await
            .unwrap();
    }
}
