//! Jobs whose process dies between any two steps.

use futures_util::{StreamExt as _, stream};
use proto::contacts::v1::JobState;
use test_support::{Break, Breakable as _, Place};
use uuid::Uuid;

use crate::{
    app::App,
    job_requests::{everyone, once, tag},
};

const FROZEN: Place<'_> = Place("INSERT ON log_events", "NEW.event_type LIKE '%.JobFrozen'");
const TAGGED: Place<'_> = Place(
    "INSERT ON log_events",
    "NEW.event_type LIKE '%.ContactsTagged'",
);
/// What a job writes, in its order.
const STEPS: [Place<'_>; 8] = [
    Place("INSERT ON job_work", "true"),
    Place("INSERT ON job_chunks", "NEW.chunk = 2"),
    Place(
        "UPDATE ON job_work",
        "OLD.contacts IS NULL AND NEW.contacts IS NOT NULL",
    ),
    FROZEN,
    TAGGED,
    Place("UPDATE ON job_work", "NEW.next_chunk > OLD.next_chunk"),
    Place("DELETE ON job_chunks", "OLD.chunk = 0"),
    Place("INSERT ON log_events", "NEW.event_type LIKE '%.JobEnded'"),
];
/// Before these the job may be for whoever matches then; after them it is decided.
const UNDECIDED: usize = 3;

/// Steps that are tried at the same time: each has servers and connections of its own.
const AT_ONCE: usize = 2;

async fn at_each_step<F: Future<Output = ()>>(act: impl Fn(usize, Place<'static>) -> F) {
    let tried = stream::iter(STEPS.into_iter().enumerate());
    tried
        .map(|(step, place)| act(step, place))
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}

async fn broken_off_at(step: usize, place: Place<'_>, how: Break) {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = everyone(9_000);
    app.audience.is(&people);
    app.break_at(place, how).await;
    let request = tag(&account);
    team.start_job(request.clone()).await.unwrap();
    app.broken().await;

    let others = everyone(9_500);
    app.audience.is(&others);
    let team_id = team.id;
    let app = match how {
        Break::Fail => app.restart(async |_| ()).await,
        Break::Hold => app.abandon().await,
    };
    app.mend(place).await;
    let mut team = app.team_of(team_id);
    let (ended, _) = team.ended(&request.job_id).await;
    assert_eq!(ended.state(), JobState::Done, "{place:?}");
    let tagged = app.tagged(&request.job_id).await;
    let whole = tagged == once(&people) || (step < UNDECIDED && tagged == once(&others));
    assert!(whole, "{place:?}: {} tagged", tagged.len());
    assert_eq!(ended.processed, i64::try_from(tagged.len()).unwrap());
    assert_eq!(app.job_events(&request.job_id).await.len(), 3, "{place:?}");
    assert_eq!(app.staged_chunks().await, 0);
}

#[tokio::test]
async fn a_job_that_failed_at_any_step_ends_with_everyone_tagged_once() {
    at_each_step(|step, place| broken_off_at(step, place, Break::Fail)).await;
}

#[tokio::test]
async fn what_a_killed_process_had_under_way_may_take_effect_later() {
    at_each_step(|step, place| broken_off_at(step, place, Break::Hold)).await;
}

#[tokio::test]
async fn two_processes_do_a_job_once() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let _other = app.replica().await;
    let mut requests = Vec::new();
    let people = everyone(21_000);
    app.audience.is(&people);
    for _ in 0..4 {
        let request = tag(&account);
        team.start_job(request.clone()).await.unwrap();
        requests.push(request);
    }
    for request in requests {
        let (ended, _) = team.ended(&request.job_id).await;
        assert_eq!(ended.state(), JobState::Done);
        assert_eq!(app.tagged(&request.job_id).await, once(&people));
    }
}

/// The lease is not what makes events happen once: without it they do, too.
#[tokio::test]
async fn two_workers_that_both_think_they_hold_a_job_do_it_once() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let _other = app.replica().await;
    let people = everyone(45_000);
    app.audience.is(&people);
    app.break_at(TAGGED, Break::Hold).await;
    let request = tag(&account);
    team.start_job(request.clone()).await.unwrap();
    app.broken().await;
    // The holder is held up for longer than it holds the job, however often it renews that.
    let pool = &app.database.pool;
    let holder = "SELECT holder FROM job_work";
    let first: Uuid = sqlx::query_scalar(holder).fetch_one(pool).await.unwrap();
    test_support::eventually("the other has taken over", async || {
        let late = "UPDATE job_work SET held_until = now() - interval '1 second' WHERE holder = $1";
        sqlx::query(late).bind(first).execute(pool).await.unwrap();
        let now: Uuid = sqlx::query_scalar(holder).fetch_one(pool).await.unwrap();
        (now != first).then_some(())
    })
    .await;
    app.mend(TAGGED).await;
    let (ended, _) = team.ended(&request.job_id).await;
    assert_eq!((ended.state(), ended.processed), (JobState::Done, 45_000));
    assert_eq!(app.tagged(&request.job_id).await, once(&people));
}
