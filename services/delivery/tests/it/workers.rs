use std::collections::HashSet;

use simulator::{Endpoint, Fault, FaultKind};
use test_support::eventually;
use uuid::Uuid;

use crate::app::{ACCOUNT, App, Frozenly, TOKEN};

#[tokio::test]
async fn two_processes_make_one_call_for_each_chunk() {
    let app = App::start().await;
    app.broadcast([2; 50]).await;
    let (_one, _other) = tokio::join!(app.deliver(), app.deliver());
    app.all_accepted(100).await;
    let totals = app.totals().await;
    assert_eq!(totals.answered(Endpoint::Multicast, 200), 50);
    assert_eq!(totals.answered(Endpoint::Multicast, 409), 0);
}

/// The lease is only there for the rate. Were it to fail, the versions of the chunks still hold.
#[tokio::test]
async fn two_processes_that_both_believe_to_own_an_account_send_once() {
    let app = App::start().await;
    app.broadcast([2; 50]).await;
    app.fault([Fault::new(FaultKind::SlowAnswer { delay_ms: 100 })])
        .await;
    // Each takes over from the other, at once and all the time.
    sqlx::query(
        "CREATE FUNCTION always_expired() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN NEW.expires_at = clock_timestamp() - interval '1 second'; RETURN NEW; END $$",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query(
        "CREATE TRIGGER always_expired BEFORE INSERT OR UPDATE ON account_leases
         FOR EACH ROW EXECUTE FUNCTION always_expired()",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let (_one, _other) = tokio::join!(app.deliver(), app.deliver());
    app.all_accepted(100).await;
    let owners: i64 = sqlx::query_scalar("SELECT epoch FROM account_leases")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(owners >= 2, "only one process believed so");
}

#[tokio::test]
async fn an_account_passes_on_when_its_process_stops() {
    let app = App::start().await;
    app.broadcast([2; 60]).await;
    app.fault([Fault::new(FaultKind::SlowAnswer { delay_ms: 100 })])
        .await;
    let first = app.deliver().await;
    let _second = app.deliver().await;
    eventually("some are sent", async || {
        (app.totals().await.accepted >= 5).then_some(())
    })
    .await;
    drop(first);
    app.all_accepted(120).await;
    // In good order: nothing was in doubt.
    assert_eq!(app.totals().await.answered(Endpoint::Multicast, 409), 0);
}

#[tokio::test]
async fn accounts_are_sent_for_at_the_same_time() {
    let app = App::start().await;
    let other = Uuid::from_u128(0xacd);
    app.connect_account(other, TOKEN).await;
    app.broadcast([3]).await;
    app.freeze(Frozenly {
        account_id: other,
        first: 3,
        ..Frozenly::default()
    })
    .await;
    let _worker = app.deliver().await;
    app.all_accepted(6).await;
    let owners: Vec<Uuid> = sqlx::query_scalar("SELECT account_id FROM account_leases")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert_eq!(
        owners.into_iter().collect::<HashSet<_>>(),
        [ACCOUNT, other].into()
    );
}
