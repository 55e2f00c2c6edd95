use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use proto::broadcast::v1::{Broadcast, BroadcastState, GetBroadcastRequest};
use tokio::time::sleep;

use crate::{client::Client, output::Output};

const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// Shows a broadcast's progress until it is done, stopped or paused.
pub(crate) async fn wait_until_done(
    client: &mut Client,
    broadcast_id: &str,
    output: Output,
) -> anyhow::Result<Broadcast> {
    let bar = if output.is_json() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    bar.set_style(ProgressStyle::with_template(
        "{bar:32} {human_pos}/{human_len} people, {per_sec} {msg}",
    )?);
    loop {
        let request = GetBroadcastRequest {
            broadcast_id: broadcast_id.to_owned(),
            consistency_token: String::new(),
        };
        let response = client.broadcast.get_broadcast(request).await?.into_inner();
        let Some(broadcast) = response.broadcast else {
            bail!("the broadcast is gone");
        };
        bar.set_length(broadcast.included.unsigned_abs());
        bar.set_position(broadcast.settled.unsigned_abs());
        match broadcast.state() {
            BroadcastState::Preparing => bar.set_message("freezing the audience"),
            BroadcastState::Sending => bar.set_message("sending"),
            BroadcastState::Done | BroadcastState::Stopped | BroadcastState::Paused => {
                bar.finish_and_clear();
                return Ok(broadcast);
            }
            BroadcastState::Draft | BroadcastState::Unspecified => {
                bail!("the broadcast is a draft; confirm it first");
            }
        }
        sleep(LOOK_INTERVAL).await;
    }
}
