//! What happened to a contact, in words.

use proto::contacts::v1::{HistoryEntry, ImportFormat, ShowHistoryRequest, ShowHistoryResponse};
use tonic::{Code, Status};

use crate::app::{App, Team, line_id};

impl Team {
    pub(crate) async fn history(
        &mut self,
        request: ShowHistoryRequest,
    ) -> Result<ShowHistoryResponse, Status> {
        Ok(self.contacts.show_history(request).await?.into_inner())
    }

    /// All of it, in pages of `page_size`.
    async fn whole_history(&mut self, contact: &str, page_size: i32) -> Vec<HistoryEntry> {
        let mut request = ShowHistoryRequest {
            contact_id: contact.to_owned(),
            page_size,
            ..Default::default()
        };
        let mut entries = Vec::new();
        loop {
            let page = self.history(request.clone()).await.unwrap();
            assert!(page.entries.len() <= usize::try_from(page_size).unwrap());
            entries.extend(page.entries);
            if page.next_page_token.is_empty() {
                return entries;
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn event(kind: &str, id: &str, at: i64) -> String {
    format!(
        r#"{{"type":"{kind}","webhookEventId":"{id}","timestamp":{at},"source":{{"type":"user","userId":"{}"}},"message":{{"type":"text","text":"a secret wish"}},"postback":{{"data":"a=1"}}}}"#,
        line_id(1)
    )
}

#[tokio::test]
async fn a_history_says_what_happened_and_who_did_it_the_latest_first() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 2).await;
    let contact = people
        .iter()
        .find(|contact| contact.external_id == line_id(1));
    let contact = contact.unwrap().contact_id.clone();
    for (kind, id, at) in [
        ("follow", "e1", 1_700_000_000_000),
        ("message", "e2", 1_700_000_001_000),
        ("postback", "e3", 1_700_000_002_000),
        ("unfollow", "e4", 1_700_000_003_000),
    ] {
        app.ingress
            .webhook(team.id, &account, &event(kind, id, at))
            .await;
        app.ingress.consumed(&app.database.pool).await;
    }

    for page_size in [1, 2, 100] {
        let entries = team.whole_history(&contact, page_size).await;
        let told: Vec<(&str, &str)> = entries
            .iter()
            .map(|entry| (entry.actor.as_str(), entry.description.as_str()))
            .collect();
        let (imported, by_person) = told.split_last().unwrap();
        let expected = [
            ("the person", "Blocked the account."),
            ("the person", "Tapped a button."),
            ("the person", "Wrote a message."),
            ("the person", "Followed the account."),
        ];
        assert_eq!(by_person, expected, "pages of {page_size}");
        assert_eq!(imported.0, "person:test");
        assert!(
            imported.1.starts_with("Was imported from a file (job "),
            "{}",
            imported.1
        );
        assert!(
            imported.1.ends_with(", with tags \"vip\"."),
            "{}",
            imported.1
        );
        assert!(!format!("{entries:?}").contains("secret wish"));

        assert_eq!(
            entries[0].event_type,
            "fanfare.events.contacts.v1.ContactBlocked"
        );
        assert_eq!(entries[0].occurred_at.unwrap().seconds, 1_700_000_003);
        assert!(entries[0].recorded_at.unwrap().seconds > 1_700_000_003);
    }
}

#[tokio::test]
async fn a_long_history_of_imports_is_whole_and_the_same_after_a_rebuild() {
    const IMPORTS: usize = 140;
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let mut token = String::new();
    for number in 0..IMPORTS {
        let file = format!("external_id,display_name\n{},Name {number}\n", line_id(1));
        let done = team.import(&account, ImportFormat::Csv, &file).await;
        token = done.unwrap().token;
    }
    let contact = team.contacts(&account, &token).await.remove(0).contact_id;
    let recorded = |entries: &[HistoryEntry]| -> Vec<_> {
        entries
            .iter()
            .map(|entry| entry.recorded_at.unwrap())
            .map(|at| (at.seconds, at.nanos))
            .collect()
    };
    let entries = team.whole_history(&contact, 30).await;
    let times = recorded(&entries);
    assert_eq!(times.len(), IMPORTS);
    assert!(times.is_sorted_by(|later, earlier| later >= earlier));

    let app = app.restart(crate::read_model::forget).await;
    crate::read_model::projected(&app.database.pool).await;
    let mut team = app.same_team(&team);
    assert_eq!(team.whole_history(&contact, 1000).await, entries);
}

#[tokio::test]
async fn of_a_deleted_contact_it_is_told_that_it_was_deleted_by_whom_and_when() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let contact = team.people(&account, 1).await[0].contact_id.clone();
    app.ingress
        .webhook(team.id, &account, &event("message", "e1", 1))
        .await;
    app.ingress.consumed(&app.database.pool).await;
    let deleted = team.delete(&[&contact], "DELETE").await.unwrap();

    let request = ShowHistoryRequest {
        contact_id: contact.clone(),
        consistency_token: deleted.consistency_token,
        ..Default::default()
    };
    let entries = team.history(request.clone()).await.unwrap().entries;
    let [entry] = entries.try_into().unwrap();
    assert_eq!(entry.description, "Was deleted for good.");
    assert_eq!(entry.actor, "person:test");
    assert!(entry.occurred_at.is_some() && entry.recorded_at.is_some());

    let stranger = app.team().history(request).await;
    assert_eq!(stranger.unwrap_err().code(), Code::NotFound);
}
