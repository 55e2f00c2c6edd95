use std::time::{Duration, Instant};

use anyhow::Context as _;
use proto::{
    broadcast::v1::{
        Broadcast, BroadcastState, ConfirmBroadcastRequest, CreateBroadcastRequest,
        GetBroadcastRequest, Message, PreviewBroadcastRequest, TextMessage, message::Content,
    },
    reporting::v1::{BroadcastReport, GetBroadcastReportRequest},
    segmentation::v1::Filter,
};
use tokio::time::sleep;
use tonic::Code;
use uuid::Uuid;

use super::{Options, TEXT, fanfare::Fanfare};

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// When each phase was over, since the broadcast was confirmed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phases {
    /// Everyone who gets it is known.
    pub(crate) frozen: Duration,
    /// Everyone has an outcome.
    pub(crate) sent: Duration,
    /// The broadcast says that it is done.
    pub(crate) done: Duration,
    /// So does its report, which counts everyone.
    pub(crate) reported: Duration,
}

/// Sends one text to everyone of the account.
pub(crate) async fn measure(
    fanfare: &mut Fanfare,
    account_id: String,
    options: &Options,
) -> anyhow::Result<Phases> {
    let create = CreateBroadcastRequest {
        request_id: Uuid::new_v4().to_string(),
        account_id,
        name: "Bench".to_owned(),
        audience: Some(Filter::default()),
        messages: vec![Message {
            content: Some(Content::Text(TextMessage {
                text: TEXT.to_owned(),
            })),
            ..Message::default()
        }],
        personal_links: false,
    };
    let created = fanfare
        .broadcast
        .create_broadcast(create)
        .await?
        .into_inner();
    let broadcast_id = created
        .broadcast
        .context("no broadcast came back")?
        .broadcast_id;
    let preview = PreviewBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        consistency_token: created.consistency_token,
    };
    let preview = fanfare
        .broadcast
        .preview_broadcast(preview)
        .await?
        .into_inner();
    anyhow::ensure!(
        preview.included == i64::from(options.people) && preview.findings.is_empty(),
        "{} people would get it, {:?}",
        preview.included,
        preview.findings
    );
    let confirm = ConfirmBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        preview_hash: preview.preview_hash,
        request_id: Uuid::new_v4().to_string(),
    };
    let confirmed = Instant::now();
    fanfare.broadcast.confirm_broadcast(confirm).await?;
    watch(fanfare, &broadcast_id, confirmed, options).await
}

async fn watch(
    fanfare: &mut Fanfare,
    broadcast_id: &str,
    confirmed: Instant,
    options: &Options,
) -> anyhow::Result<Phases> {
    let (mut frozen, mut sent, mut done) = (None, None, None);
    loop {
        anyhow::ensure!(
            confirmed.elapsed() < options.time_max(),
            "the broadcast is not done in time"
        );
        if done.is_none() {
            let broadcast = get(fanfare, broadcast_id).await?;
            let now = confirmed.elapsed();
            match broadcast.state() {
                BroadcastState::Draft | BroadcastState::Preparing => {}
                BroadcastState::Sending => {
                    frozen.get_or_insert(now);
                }
                BroadcastState::Done => done = Some(now),
                BroadcastState::Paused | BroadcastState::Stopped | BroadcastState::Unspecified => {
                    anyhow::bail!("the broadcast stopped: {}", broadcast.state_detail)
                }
            }
            if broadcast.included > 0 && broadcast.settled == broadcast.included {
                sent.get_or_insert(now);
            }
        }
        if let Some(done) = done
            && is_complete(&report(fanfare, broadcast_id).await?, options)
        {
            return Ok(Phases {
                frozen: frozen.unwrap_or(done),
                sent: sent.unwrap_or(done),
                done,
                reported: confirmed.elapsed(),
            });
        }
        sleep(POLL_INTERVAL).await;
    }
}

async fn get(fanfare: &mut Fanfare, broadcast_id: &str) -> anyhow::Result<Broadcast> {
    let request = GetBroadcastRequest {
        broadcast_id: broadcast_id.to_owned(),
        ..GetBroadcastRequest::default()
    };
    let response = fanfare.broadcast.get_broadcast(request).await?.into_inner();
    response.broadcast.context("the broadcast is gone")
}

/// An empty one while reporting has not heard of the broadcast.
async fn report(fanfare: &mut Fanfare, broadcast_id: &str) -> anyhow::Result<BroadcastReport> {
    let request = GetBroadcastReportRequest {
        broadcast_id: broadcast_id.to_owned(),
        ..GetBroadcastReportRequest::default()
    };
    match fanfare.reporting.get_broadcast_report(request).await {
        Ok(response) => Ok(response.into_inner().report.unwrap_or_default()),
        Err(status) if status.code() == Code::NotFound => Ok(BroadcastReport::default()),
        Err(status) => Err(status).context("cannot get the report"),
    }
}

fn is_complete(report: &BroadcastReport, options: &Options) -> bool {
    report.state == "DONE" && report.sent == i64::from(options.people) && report.pending == 0
}
