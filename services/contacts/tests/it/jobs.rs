//! Work on everyone who matches a filter.

use events::common::Purpose;
use proto::{
    contacts::v1::{
        ConsentJob, DeleteJob, JobKind, JobState, ListJobsRequest, StartJobRequest, TagJob,
        start_job_request::Action,
    },
    segmentation::v1::{Filter, NameMatch, Tags, filter::Condition},
};
use test_support::{Break, Breakable as _, Place, eventually};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    app::App,
    job_requests::{delete, everyone, job, once, tag},
};

#[tokio::test]
async fn everyone_who_matches_is_tagged_once() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = everyone(12_345);
    app.audience.is(&people);

    let request = tag(&account);
    let started = team.start_job(request.clone()).await.unwrap();
    assert_eq!(
        (started.kind(), started.actor.as_str()),
        (JobKind::Tag, "person:test")
    );
    let (ended, token) = team.ended(&request.job_id).await;
    assert_eq!(ended.state(), JobState::Done);
    assert_eq!((ended.total, ended.processed), (Some(12_345), 12_345));
    assert!(ended.ended_at.is_some());
    assert!(!token.is_empty());

    assert_eq!(app.tagged(&request.job_id).await, once(&people));
    assert_eq!(app.staged_chunks().await, 0);
    assert_eq!(app.audience.asked()[0].filter, request.filter);
    let by: Vec<String> = app.actors("%.ContactsTagged").await;
    assert!(
        by.len() >= 4 && by.iter().all(|by| by == "person:test"),
        "{by:?}"
    );
}

/// Somebody who looks for a name has written it.
#[tokio::test]
async fn nothing_of_a_filter_can_be_read_in_the_database() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.audience.is(&everyone(3));
    let name = NameMatch {
        value: "zwxq7canary".to_owned(),
        ..NameMatch::default()
    };
    let request = StartJobRequest {
        filter: Some(Filter {
            condition: Some(Condition::Name(name)),
        }),
        ..tag(&account)
    };
    team.start_job(request.clone()).await.unwrap();
    team.ended(&request.job_id).await;
    assert_eq!(app.audience.asked()[0].filter, request.filter);
    assert!(app.database_contains("vip").await, "what is there is found");
    assert!(!app.database_contains("zwxq7canary").await);
}

#[tokio::test]
async fn the_same_id_is_the_same_job_and_never_another() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.audience.is(&everyone(10));
    let request = tag(&account);
    team.start_job(request.clone()).await.unwrap();
    team.ended(&request.job_id).await;
    let again = team.start_job(request.clone()).await.unwrap();
    assert_eq!(again.state(), JobState::Done);
    assert_eq!(app.job_events(&request.job_id).await.len(), 3);

    let other = StartJobRequest {
        filter: None,
        ..request.clone()
    };
    let refused = team.start_job(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);

    // Another team's job of the same id has nothing to do with it.
    let mut stranger = app.team();
    let theirs = stranger.line_account().await;
    for code in [
        stranger.job(&request.job_id).await.unwrap_err().code(),
        stranger
            .cancel_job(&request.job_id)
            .await
            .unwrap_err()
            .code(),
        stranger
            .start_job(request.clone())
            .await
            .unwrap_err()
            .code(),
    ] {
        assert_eq!(code, Code::NotFound);
    }
    let same_id = StartJobRequest {
        account_id: theirs,
        ..request.clone()
    };
    stranger.start_job(same_id).await.unwrap();
    stranger.ended(&request.job_id).await;
    assert_eq!(team.job(&request.job_id).await.unwrap(), again);
}

/// Requests with the field that is wrong in each.
fn wrong_requests(account: &str) -> Vec<(&'static str, StartJobRequest)> {
    vec![
        (
            "job_id",
            StartJobRequest {
                job_id: "x".to_owned(),
                ..tag(account)
            },
        ),
        (
            "account_id",
            StartJobRequest {
                account_id: String::new(),
                ..tag(account)
            },
        ),
        (
            "action",
            StartJobRequest {
                action: None,
                ..tag(account)
            },
        ),
        ("tag.add_tags", job(account, Action::Tag(TagJob::default()))),
        (
            "tag.add_tags[0]",
            job(
                account,
                Action::Tag(TagJob {
                    add_tags: vec!["a|b".to_owned()],
                    ..TagJob::default()
                }),
            ),
        ),
        (
            "consent.purposes",
            job(account, Action::Consent(ConsentJob::default())),
        ),
        (
            "delete.confirmation",
            job(
                account,
                Action::Delete(DeleteJob {
                    confirmation: "yes".to_owned(),
                    expected_contacts: 1,
                }),
            ),
        ),
        ("delete.expected_contacts", delete(account, 0)),
        (
            "filter.has_any_tag.tags[0]",
            StartJobRequest {
                filter: Some(Filter {
                    condition: Some(Condition::HasAnyTag(Tags {
                        tags: vec![String::new()],
                        tag_ids: Vec::new(),
                    })),
                }),
                ..tag(account)
            },
        ),
    ]
}

#[tokio::test]
async fn a_wrong_request_names_its_field() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    for (field, request) in wrong_requests(&account) {
        let refused = team.start_job(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert!(refused.message().starts_with(field), "{field}: {refused}");
    }
    let nowhere = team.start_job(tag(&Uuid::new_v4().to_string())).await;
    assert_eq!(nowhere.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_filter_that_segmentation_refuses_is_refused_before_anything_is_written() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.audience.refuses(0, no_tag_new());
    let before = app.log().await.len();
    let request = tag(&account);
    let refused = team.start_job(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("no tag new"), "{refused}");
    assert_eq!(app.log().await.len(), before);
    let unknown = team.job(&request.job_id).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

/// A filter may name people, and the log keeps what it is told.
#[tokio::test]
async fn a_filter_that_is_refused_later_fails_the_job_without_being_quoted() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.audience.refuses(1, no_tag_new());
    let request = tag(&account);
    team.start_job(request.clone()).await.unwrap();
    let (failed, _) = team.ended(&request.job_id).await;
    assert_eq!(failed.state(), JobState::Failed);
    assert!(failed.message.contains("TAG_UNKNOWN"), "{}", failed.message);
    assert!(!failed.message.contains("new:"), "{}", failed.message);
    let refused = team.cancel_job(&request.job_id).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

fn no_tag_new() -> Status {
    let field = "filter.has_any_tag.tags[0]";
    bootstrap::invalid_argument(field, "TAG_UNKNOWN", "new: there is no tag new")
}

#[tokio::test]
async fn an_audience_that_broke_off_is_begun_anew() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.audience.is(&everyone(30_000));
    app.audience.breaks_after(Some(25));
    let request = tag(&account);
    team.start_job(request.clone()).await.unwrap();
    eventually("it is asked a second time", async || {
        (app.audience.asked().len() > 2).then_some(())
    })
    .await;
    let people = everyone(3_000);
    app.audience.is(&people);
    app.audience.breaks_after(None);
    let (ended, _) = team.ended(&request.job_id).await;
    assert_eq!((ended.state(), ended.total), (JobState::Done, Some(3_000)));
    assert_eq!(app.tagged(&request.job_id).await, once(&people));
}

#[tokio::test]
async fn a_job_that_is_cancelled_half_way_keeps_what_was_done() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.audience.is(&everyone(60_000));
    let half_way = Place("UPDATE ON job_work", "NEW.next_chunk > OLD.next_chunk");
    app.break_at(half_way, Break::Fail).await;
    let request = tag(&account);
    team.start_job(request.clone()).await.unwrap();
    app.broken().await;
    let cancelling = team.cancel_job(&request.job_id).await.unwrap();
    // What it is seen to be may be from before it broke.
    let under_way = [JobState::Preparing, JobState::Running];
    assert!(under_way.contains(&cancelling.state()), "{cancelling:?}");
    app.mend(half_way).await;

    let (ended, _) = team.ended(&request.job_id).await;
    assert_eq!(ended.state(), JobState::Cancelled);
    let tagged = app.tagged(&request.job_id).await;
    assert!(
        !tagged.is_empty() && tagged.len() < 60_000,
        "{}",
        tagged.len()
    );
    assert!(tagged.values().all(|times| *times == 1));
    assert_eq!(app.staged_chunks().await, 0);
    // Again is the same.
    let again = team.cancel_job(&request.job_id).await.unwrap();
    assert_eq!(again.state(), JobState::Cancelled);
}

#[tokio::test]
async fn nobody_is_deleted_if_there_are_others_than_were_expected() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people: Vec<Uuid> = ids(&team.people(&account, 30).await);
    app.audience.is(&people);

    let request = delete(&account, 29);
    team.start_job(request.clone()).await.unwrap();
    let (failed, _) = team.ended(&request.job_id).await;
    assert_eq!((failed.state(), failed.processed), (JobState::Failed, 0));
    assert!(
        failed.message.contains("30 contacts match"),
        "{}",
        failed.message
    );
    assert_eq!(team.contacts(&account, "").await.len(), 30);
    assert_eq!(app.staged_chunks().await, 0);

    let request = delete(&account, 30);
    team.start_job(request.clone()).await.unwrap();
    let (done, token) = team.ended(&request.job_id).await;
    assert_eq!((done.state(), done.processed), (JobState::Done, 30));
    // When it is done, nobody can find out any more who they were.
    let known: i64 = sqlx::query_scalar("SELECT count(*) FROM contact_identities")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(known, 0);
    assert!(team.contacts(&account, &token).await.is_empty());
}

#[tokio::test]
async fn everyone_who_matches_is_opted_out() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = ids(&team.people(&account, 5).await);
    app.audience.is(&people[..3]);
    let consent = ConsentJob {
        purposes: vec![Purpose::Broadcasts.into()],
        opted_out: true,
    };
    let request = job(&account, Action::Consent(consent));
    team.start_job(request.clone()).await.unwrap();
    let (done, token) = team.ended(&request.job_id).await;
    assert_eq!(done.processed, 3);
    let contacts = team.contacts(&account, &token).await;
    for contact in contacts {
        let opted_out = people[..3].contains(&contact.contact_id.parse().unwrap());
        assert_eq!(!contact.opt_outs.is_empty(), opted_out);
        assert!(contact.opt_outs.iter().all(|opt_out| !opt_out.by_person));
    }
}

#[tokio::test]
async fn jobs_are_listed_page_by_page_the_latest_first() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let mut started = Vec::new();
    for _ in 0..5 {
        let request = tag(&account);
        team.start_job(request.clone()).await.unwrap();
        started.push(request.job_id);
    }
    started.reverse();
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListJobsRequest {
            page_size: 2,
            page_token,
            consistency_token: String::new(),
        };
        let page = team.jobs.list_jobs(request).await.unwrap().into_inner();
        assert!(page.jobs.len() <= 2);
        listed.extend(page.jobs.into_iter().map(|job| job.job_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, started);
    let nothing = app.team().jobs.list_jobs(ListJobsRequest::default()).await;
    assert!(nothing.unwrap().into_inner().jobs.is_empty());
}

fn ids(contacts: &[proto::contacts::v1::Contact]) -> Vec<Uuid> {
    let ids = contacts.iter().map(|contact| contact.contact_id.parse());
    ids.collect::<Result<_, _>>().unwrap()
}

/// A million people, to see how long it takes: run it with `--release -- --ignored a_million`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn a_million_people_are_staged_and_tagged() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.audience.is(&everyone(1_000_000));
    let request = tag(&account);
    let started = std::time::Instant::now();
    team.start_job(request.clone()).await.unwrap();
    let (ended, _) = team.ended(&request.job_id).await;
    assert_eq!(
        (ended.state(), ended.processed),
        (JobState::Done, 1_000_000)
    );
    let elapsed = started.elapsed();
    assert!(elapsed.as_secs() < 60, "{elapsed:?}");
}

/// Keys that cannot be destroyed for now keep those jobs open, and no others.
#[tokio::test]
async fn deletions_that_cannot_end_do_not_keep_other_jobs_waiting() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people: Vec<Uuid> = ids(&team.people(&account, 30).await);
    app.audience.is(&people);
    let forgetting = Place("DELETE ON contact_identities", "true");
    app.break_at(forgetting, Break::Fail).await;
    // More than there are workers.
    let mut deletions = Vec::new();
    for _ in 0..4 {
        let request = delete(&account, 30);
        team.start_job(request.clone()).await.unwrap();
        deletions.push(request.job_id);
    }
    app.broken().await;
    let request = tag(&account);
    team.start_job(request.clone()).await.unwrap();
    let (done, _) = team.ended(&request.job_id).await;
    assert_eq!(done.state(), JobState::Done);
    team.cancel_job(&deletions[0]).await.unwrap();
    let (cancelled, _) = team.ended(&deletions[0]).await;
    assert_eq!(cancelled.state(), JobState::Cancelled);

    app.mend(forgetting).await;
    for job_id in &deletions[1..] {
        let (done, _) = team.ended(job_id).await;
        assert_eq!((done.state(), done.processed), (JobState::Done, 30));
    }
}
