use channels::Verdict;
use simulator::{Fault, FaultKind};
use uuid::Uuid;

use crate::app::App;

/// Attempts a batch that meets with the fault, then the same batch again.
async fn twice(app: &App, kind: FaultKind) -> (Verdict, Verdict) {
    app.fault(Fault::new(kind).times(1)).await;
    let key = Uuid::new_v4();
    (
        app.attempt(key).await.verdict,
        app.attempt(key).await.verdict,
    )
}

#[tokio::test]
async fn an_acceptance_that_was_not_heard_of_is_heard_of_by_repeating() {
    for kind in [
        FaultKind::DropAfterAccept,
        FaultKind::ErrorAfterAccept,
        FaultKind::SlowAnswer { delay_ms: 30_000 },
    ] {
        let app = App::start().await;
        let (first, second) = twice(&app, kind).await;
        assert_eq!(first.class(), "ambiguous", "{kind:?}");
        assert!(
            matches!(
                &second,
                Verdict::Accepted {
                    request_id: Some(_),
                    repeated: true
                }
            ),
            "{kind:?} {second:?}"
        );
        let totals = app.totals().await;
        assert_eq!((totals.people_received, totals.max_per_person), (3, 1));
        assert_eq!(totals.changed_bodies, 0);
    }
}

#[tokio::test]
async fn a_send_that_was_lost_is_made_up_for_by_repeating() {
    for kind in [FaultKind::DropBeforeAccept, FaultKind::ErrorBeforeAccept] {
        let app = App::start().await;
        let (first, second) = twice(&app, kind).await;
        assert_eq!(first.class(), "ambiguous", "{kind:?}");
        assert!(matches!(
            second,
            Verdict::Accepted {
                repeated: false,
                ..
            }
        ));
        let totals = app.totals().await;
        assert_eq!((totals.people_received, totals.max_per_person), (3, 1));
    }
}

#[tokio::test]
async fn a_repeat_names_the_attempt_that_was_accepted() {
    let app = App::start().await;
    let key = Uuid::new_v4();
    let first = app.attempt(key).await;
    let second = app.attempt(key).await;
    assert_ne!(second.request_id, first.request_id);
    assert_eq!(
        second.verdict,
        Verdict::Accepted {
            request_id: first.request_id,
            repeated: true
        }
    );
}
