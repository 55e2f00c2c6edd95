//! What is decided about work on many contacts.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

use chrono::{DateTime, Utc};
use contacts_domain::{
    FrozenJob, Job, JobAction, JobCommand, JobError, JobPlan, JobResult, chunk_request_id,
    job_stream_id,
};
use event_sourcing::{Aggregate as _, testing::given};
use events::{ContactEvent, JobEvent, common::Purpose, contact::JobOutcome};
use uuid::Uuid;

const JOB: Uuid = Uuid::from_u128(1);
const ACCOUNT: Uuid = Uuid::from_u128(2);
const TAG: Uuid = Uuid::from_u128(3);
const FROZEN: FrozenJob = FrozenJob {
    contacts: 12_000,
    chunk_count: 3,
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn plan(action: JobAction) -> JobPlan {
    JobPlan {
        job_id: JOB,
        account_id: ACCOUNT,
        sealed_filter: vec![1],
        action,
        request_digest: vec![7; 32],
        started_at: now(),
    }
}

fn tag() -> JobPlan {
    plan(JobAction::Tag {
        added: vec![TAG],
        removed: Vec::new(),
    })
}

fn erase(expected_contacts: i64) -> JobPlan {
    plan(JobAction::Erase { expected_contacts })
}

fn started(plan: &JobPlan) -> JobEvent {
    one(&Job::Absent, JobCommand::Start(plan.clone()))
}

fn one(job: &Job, command: JobCommand) -> JobEvent {
    let mut events = job.decide(command).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn frozen() -> JobEvent {
    one(&Job::fold([&started(&tag())]), freeze())
}

fn freeze() -> JobCommand {
    JobCommand::Freeze {
        frozen: FROZEN,
        now: now(),
    }
}

fn end(outcome: JobOutcome) -> JobCommand {
    let result = JobResult {
        outcome,
        processed: 12_000,
        changed: 0,
        refused: 0,
        message: String::new(),
    };
    JobCommand::End { result, now: now() }
}

fn ended(outcome: JobOutcome) -> JobEvent {
    one(&Job::fold([&started(&tag())]), end(outcome))
}

#[test]
fn a_job_is_started_once_under_its_id() {
    given::<Job>([started(&tag())])
        .when(JobCommand::Start(tag()))
        .then([]);
    let other = JobPlan {
        request_digest: vec![8; 32],
        ..tag()
    };
    given::<Job>([started(&tag())])
        .when(JobCommand::Start(other))
        .then_refused(JobError::OtherRequest);
}

#[test]
fn what_was_started_is_read_as_it_was() {
    let consent = JobAction::Consent {
        purposes: vec![Purpose::Broadcasts, Purpose::SiteMarketing],
        opted_out: true,
    };
    let import = JobAction::Import { dry_run: true };
    for plan in [tag(), erase(5), plan(consent), plan(import)] {
        assert_eq!(Job::fold([&started(&plan)]).plan(), Some(&plan));
    }
}

#[test]
fn whom_a_job_is_for_is_decided_once() {
    given::<Job>([started(&tag()), frozen()])
        .when(freeze())
        .then([]);
    given::<Job>([started(&tag()), ended(JobOutcome::Cancelled)])
        .when(freeze())
        .then_refused(JobError::Ended);
    given::<Job>([])
        .when(freeze())
        .then_refused(JobError::NotFound);
    given::<Job>([started(&plan(JobAction::Import { dry_run: false }))])
        .when(freeze())
        .then_refused(JobError::Import);
}

#[test]
fn nobody_is_deleted_if_there_are_others_than_were_expected() {
    given::<Job>([started(&erase(12_000))])
        .when(freeze())
        .then([frozen()]);
    for expected in [11_999, 12_001, 0] {
        let event = one(&Job::fold([&started(&erase(expected))]), freeze());
        let JobEvent::Ended(ended) = event else {
            panic!("the job goes on: {event:?}");
        };
        assert_eq!(ended.outcome(), JobOutcome::Failed);
        assert!(
            ended.message.contains("12000 contacts match"),
            "{}",
            ended.message
        );
    }
}

#[test]
fn a_job_ends_once() {
    given::<Job>([started(&tag()), frozen(), ended(JobOutcome::Done)])
        .when(end(JobOutcome::Done))
        .then([]);
    given::<Job>([started(&tag()), frozen(), ended(JobOutcome::Done)])
        .when(end(JobOutcome::Cancelled))
        .then_refused(JobError::Ended);
    given::<Job>([])
        .when(end(JobOutcome::Done))
        .then_refused(JobError::NotFound);
}

/// A chunk that is appended again after a crash has to be the same event.
#[test]
fn a_chunk_is_the_same_whenever_it_is_made() {
    let ids = vec![9; 32];
    let event = tag().event_for(ids.clone());
    assert_eq!(event, tag().event_for(ids.clone()));
    let Some(ContactEvent::Tagged(tagged)) = event else {
        panic!("not tagged");
    };
    assert_eq!(tagged.contact_ids, ids);
    assert_eq!(tagged.added_tag_ids, TAG.as_bytes());
    assert_eq!(tagged.job_id, JOB.as_bytes());
    assert_eq!(chunk_request_id(JOB, 1), chunk_request_id(JOB, 1));
    assert_ne!(chunk_request_id(JOB, 1), chunk_request_id(JOB, 11));
    assert_ne!(chunk_request_id(JOB, 1), chunk_request_id(ACCOUNT, 1));
}

#[test]
fn teams_may_use_the_same_job_id() {
    let (one, other) = (Uuid::from_u128(10), Uuid::from_u128(11));
    assert_ne!(job_stream_id(one, JOB), job_stream_id(other, JOB));
    assert_eq!(job_stream_id(one, JOB), job_stream_id(one, JOB));
}
