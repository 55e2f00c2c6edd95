//! Credentials that change while there is something to send, and an account that is disconnected.

use bootstrap::Clock as _;
use broadcast_domain::BroadcastCommand;
use delivery::Config;
use events::BroadcastLogEvent;
use simulator::{ChannelSettings, Fault, FaultKind};
use test_support::eventually;
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, CHANNEL, Frozenly},
    ledger::Became,
};

/// The channel refuses the token before from the moment at which it gave the new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_rotated_in_mid_broadcast_loses_and_doubles_nothing() {
    let app = App::start().await;
    app.fault([
        Fault::new(FaultKind::DropAfterAccept).with_probability(0.05),
        Fault::new(FaultKind::ErrorBeforeAccept).with_probability(0.05),
    ])
    .await;
    app.broadcast([2; 250]).await;
    let _worker = app.deliver_with(slow(&app)).await;
    for rotation in 1..=4_u64 {
        app.accepted(50 * rotation).await;
        let token = format!("token-{rotation}");
        if rotation % 2 == 0 {
            app.connect_account(ACCOUNT, &token).await;
            app.set_token(&token).await;
        } else {
            app.set_token(&token).await;
            app.halted().await;
            app.connect_account(ACCOUNT, &token).await;
        }
    }
    app.all_accepted(500).await;
    assert!(!app.was_paused().await);
}

#[tokio::test]
async fn what_a_disconnected_account_has_to_send_waits_until_it_is_reconnected() {
    let app = App::start().await;
    app.broadcast([2; 120]).await;
    let _worker = app.deliver_with(slow(&app)).await;
    app.accepted(20).await;
    app.disconnect_account().await;
    app.set_token("revoked").await;
    app.another_account_sends(1_000).await;
    let before = (app.totals().await.requests, app.open_windows().await);
    assert_eq!(before.1, 0, "what was under way has ended");

    // Nor does a process that starts meanwhile send anything.
    let _another = app.deliver_with(slow(&app)).await;
    app.another_account_sends(2_000).await;
    assert_eq!(
        (app.totals().await.requests, app.open_windows().await),
        before
    );
    assert!(app.totals().await.people_received < 240);

    app.set_token("second").await;
    app.connect_account(ACCOUNT, "second").await;
    let outcomes = app.settled().await;
    assert_eq!(outcomes.len(), 240 + 2 * 60);
    assert!(outcomes.values().all(|became| *became == Became::Accepted));
    let totals = app.totals().await;
    assert_eq!((totals.people_received, totals.deliveries), (240, 240));
    assert!(!app.was_paused().await);
}

/// A broadcast that is over asks nobody anything: its addresses need not wait for the account.
#[tokio::test]
async fn what_was_stopped_is_settled_though_its_account_is_disconnected() {
    let app = App::start().await;
    app.disconnect_account().await;
    let broadcast = app.broadcast([3]).await;
    let _worker = app.deliver().await;
    let stop = BroadcastCommand::Stop {
        code: "content_invalid".to_owned(),
        detail: String::new(),
        at: app.clock.now(),
    };
    app.execute(broadcast, stop).await;
    let outcomes = app.settled().await;
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.values().all(|became| *became == Became::NotSent));
    assert_eq!(app.totals().await.people_received, 0);
}

/// Slow enough that something happens in the middle.
fn slow(app: &App) -> Config {
    let mut config = app.config();
    config.line.multicasts_per_second = 60;
    config
}

impl App {
    /// Waits until so many requests were accepted.
    async fn accepted(&self, requests: u64) {
        eventually("requests are accepted", async || {
            (self.totals().await.accepted >= requests).then_some(())
        })
        .await;
    }

    /// Waits until nothing was accepted for a while: the token is refused.
    async fn halted(&self) {
        let (mut accepted, mut unchanged) = (0, 0);
        eventually("nothing is accepted any more", async || {
            let now = self.totals().await.accepted;
            unchanged = if now == accepted { unchanged + 1 } else { 0 };
            accepted = now;
            (unchanged > 20).then_some(())
        })
        .await;
    }

    /// What the channel takes from now on; no other token.
    async fn set_token(&self, token: &str) {
        let settings = ChannelSettings {
            access_token: token.to_owned(),
            ..ChannelSettings::default()
        };
        self.control.set_channel(CHANNEL, &settings).await.unwrap();
    }

    /// Sends sixty people something from another account, which takes a while.
    async fn another_account_sends(&self, first: u64) {
        let settings = ChannelSettings {
            access_token: "of another".to_owned(),
            ..ChannelSettings::default()
        };
        self.control
            .set_channel("another", &settings)
            .await
            .unwrap();
        let account_id = Uuid::from_u128(0xacd);
        self.connect_account(account_id, "of another").await;
        self.freeze(Frozenly {
            account_id,
            first,
            chunks: vec![2; 30],
            ..Frozenly::default()
        })
        .await;
        eventually("another account sends", async || {
            let outcomes = self.outcomes().await;
            (outcomes.range(first..first + 60).count() == 60).then_some(())
        })
        .await;
    }

    async fn open_windows(&self) -> usize {
        let log = self.log().await;
        let started = log
            .iter()
            .filter(|event| matches!(event, BroadcastLogEvent::WindowStarted(_)));
        let settled = log
            .iter()
            .filter(|event| matches!(event, BroadcastLogEvent::WindowSettled(_)));
        started.count() - settled.count()
    }

    async fn was_paused(&self) -> bool {
        let paused = |event: &BroadcastLogEvent| matches!(event, BroadcastLogEvent::Paused(_));
        self.log().await.iter().any(paused)
    }
}
