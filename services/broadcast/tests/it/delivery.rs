//! What delivery does to a broadcast, from a process of its own.

use broadcast_domain::{
    Broadcast, BroadcastCommand, Chunk, ChunkCommand, Fate, Outcome, Recipients, chunk_id,
};
use event_store::CommandContext;
use events::broadcasts::PauseReason;
use proto::broadcast::v1::{
    Broadcast as Shown, BroadcastState, GetBroadcastRequest, ResumeBroadcastRequest,
};
use test_support::eventually;
use uuid::Uuid;

use crate::app::{App, NOW, TEAM};

impl App {
    /// Everyone in a chunk of so many people got the message.
    pub(crate) async fn settle(&self, broadcast_id: &str, index: u32, people: u32) {
        let chunk = chunk_id(broadcast_id.parse().unwrap(), index);
        self.accept(chunk, 1, Recipients::first(people)).await;
    }

    /// These people of the first chunk got the message, in this window.
    pub(crate) async fn settle_window(
        &self,
        broadcast_id: &str,
        window: u32,
        recipients: Recipients,
    ) {
        let chunk = chunk_id(broadcast_id.parse().unwrap(), 0);
        self.accept(chunk, window, recipients).await;
    }

    async fn accept(&self, chunk: Uuid, window: u32, recipients: Recipients) {
        let start = ChunkCommand::StartWindow {
            recipients: recipients.clone(),
            retry_key: Uuid::new_v4(),
            at: NOW,
        };
        let fate = Fate::Accepted {
            channel_request_id: String::new(),
        };
        let settle = ChunkCommand::SettleWindow {
            window,
            outcomes: vec![Outcome { recipients, fate }],
            at: NOW,
        };
        for command in [start, settle] {
            let executed = self.log.execute::<Chunk>(&context(), chunk, command).await;
            executed.unwrap();
        }
    }

    pub(crate) async fn pause(&self, broadcast_id: &str) {
        let pause = BroadcastCommand::Pause {
            reason: PauseReason::Credentials,
            detail: "token expired".to_owned(),
            resumed: 0,
            at: NOW,
        };
        self.command(broadcast_id, pause).await;
    }

    pub(crate) async fn stop(&self, broadcast_id: &str) {
        let stop = BroadcastCommand::Stop {
            code: "400".to_owned(),
            detail: "May not be empty".to_owned(),
            at: NOW,
        };
        self.command(broadcast_id, stop).await;
    }

    async fn command(&self, broadcast_id: &str, command: BroadcastCommand) {
        let id = broadcast_id.parse().unwrap();
        let executed = self.log.execute::<Broadcast>(&context(), id, command).await;
        executed.unwrap();
    }

    pub(crate) async fn resume(&self, broadcast_id: &str) -> Shown {
        let request = ResumeBroadcastRequest {
            broadcast_id: broadcast_id.to_owned(),
        };
        let resumed = self.client().resume_broadcast(request).await.unwrap();
        resumed.into_inner().broadcast.unwrap()
    }

    pub(crate) async fn show(&self, broadcast_id: &str) -> Shown {
        let request = GetBroadcastRequest {
            broadcast_id: broadcast_id.to_owned(),
            ..GetBroadcastRequest::default()
        };
        let shown = self.client().get_broadcast(request).await.unwrap();
        shown.into_inner().broadcast.unwrap()
    }

    pub(crate) async fn in_state(&self, broadcast_id: &str, state: BroadcastState) -> Shown {
        eventually(state.as_str_name(), async || {
            let shown = self.show(broadcast_id).await;
            (shown.state() == state).then_some(shown)
        })
        .await
    }

    pub(crate) async fn settled(&self, broadcast_id: &str, people: i64) -> Shown {
        eventually("so many have an outcome", async || {
            let shown = self.show(broadcast_id).await;
            (shown.settled == people).then_some(shown)
        })
        .await
    }
}

fn context() -> CommandContext {
    CommandContext {
        team_id: TEAM,
        ..CommandContext::default()
    }
}
