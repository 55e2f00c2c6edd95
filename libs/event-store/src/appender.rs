use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    panic::resume_unwind,
    sync::Arc,
    time::Duration,
};

use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinSet, yield_now},
    time::sleep,
};
use tracing::warn;

use crate::{
    Append, AppendError, Appended, Expected, LogPosition,
    batch::{Committed, Placed, commit},
};

/// Connections that append, each for its share of the partitions. Two keep both processor and disk
/// busy; with more, a commit has fewer commands.
pub(crate) const LANES_MAX: usize = 2;
/// Commands that may wait for one lane. Beyond that, callers wait to be let in.
pub(crate) const LANE_QUEUE_MAX: usize = 4096;
/// Commands, and bytes of their events, in one commit.
const BATCH_COMMANDS_MAX: usize = 1000;
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a broken connection is left alone before the next try.
const RECONNECT_AFTER: Duration = Duration::from_millis(100);
/// A lane waits this long for another writer of a partition, then answers with an error.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '5s'";
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '15s'";

/// A command, and where its caller waits for the answer.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) placed: Placed,
    pub(crate) answer: oneshot::Sender<Result<Appended, AppendError>>,
}

/// The lanes that commit what an [`EventStore`](crate::EventStore) is given.
///
/// Runs until the last handle of the store is dropped, so that a command that was taken in is
/// answered, also while the process shuts down.
#[derive(Debug)]
#[must_use = "nothing is appended until it runs"]
pub struct Appender {
    pub(crate) lanes: Vec<Lane>,
}

impl Appender {
    /// A task each: one lane's callers are answered on one core while the other commits.
    pub async fn run(self) {
        let mut lanes: JoinSet<()> = self.lanes.into_iter().map(Lane::run).collect();
        while let Some(ended) = lanes.join_next().await {
            if let Err(error) = ended
                && let Ok(panic) = error.try_into_panic()
            {
                resume_unwind(panic);
            }
        }
    }
}

/// Commits the commands of some partitions, a batch at a time, over a connection of its own.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) pool: PgPool,
    pub(crate) incoming: mpsc::Receiver<Waiting>,
    /// Of all partitions.
    pub(crate) heads: Arc<[watch::Sender<i64>]>,
}

impl Lane {
    async fn run(mut self) {
        let mut queue = VecDeque::new();
        let mut connection = None;
        while self.fill(&mut queue).await {
            let batch = take_batch(&mut queue);
            self.commit(&mut connection, batch).await;
        }
    }

    /// Takes in what waits; waits itself if there is nothing. False: every handle is gone.
    async fn fill(&mut self, queue: &mut VecDeque<Waiting>) -> bool {
        if queue.is_empty() {
            match self.incoming.recv().await {
                Some(first) => queue.push_back(first),
                None => return false,
            }
        }
        loop {
            let before = queue.len();
            while queue.len() < LANE_QUEUE_MAX {
                match self.incoming.try_recv() {
                    Ok(next) => queue.push_back(next),
                    Err(_) => break,
                }
            }
            if queue.len() == before || queue.len() >= BATCH_COMMANDS_MAX {
                return true;
            }
            // Those who were answered a moment ago may be about to send their next command: let
            // them run, or else a small commit would be followed by one that all of them wait for.
            yield_now().await;
        }
    }

    async fn commit(&self, connection: &mut Option<PgConnection>, batch: Vec<Waiting>) {
        let (commands, answers): (Vec<Placed>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| (waiting.placed, waiting.answer))
            .unzip();
        match self.try_commit(connection, &commands).await {
            Ok(outcomes) => {
                let mut heads = BTreeMap::new();
                for ((placed, answer), outcome) in commands.into_iter().zip(answers).zip(outcomes) {
                    let appended = appended(placed, outcome);
                    if let Ok(Appended { at, .. }) = &appended {
                        let head = heads.entry(at.partition).or_insert(at.position);
                        *head = at.position.max(*head);
                    }
                    // A caller that has gone away does not wait for its answer.
                    drop(answer.send(appended));
                }
                self.reached(heads);
            }
            Err(error) => {
                warn!(error = %error, "cannot append a batch");
                *connection = None;
                for answer in answers {
                    drop(answer.send(Err(AppendError::Database(error.to_string()))));
                }
                sleep(RECONNECT_AFTER).await;
            }
        }
    }

    async fn try_commit(
        &self,
        connection: &mut Option<PgConnection>,
        commands: &[Placed],
    ) -> Result<Vec<Committed>, sqlx::Error> {
        let open = match connection.take() {
            Some(open) => open,
            None => {
                let options = self.pool.connect_options();
                let mut open = PgConnection::connect_with(&options).await?;
                prepare(&mut open).await?;
                open
            }
        };
        commit(connection.insert(open), commands).await
    }

    fn reached(&self, heads: BTreeMap<i16, i64>) {
        for (partition, position) in heads {
            if let Some(head) = self.heads.get(usize::from(partition.unsigned_abs())) {
                head.send_if_modified(|head| {
                    let newer = position > *head;
                    *head = position.max(*head);
                    newer
                });
            }
        }
    }
}

fn appended(placed: Placed, outcome: Committed) -> Result<Appended, AppendError> {
    let Placed { partition, command } = placed;
    let at = |position| LogPosition {
        partition,
        position,
    };
    match outcome {
        Committed::Appended { version, position } => Ok(Appended {
            version,
            at: at(position),
            repeated: false,
            answer: command.answer,
        }),
        Committed::Repeated {
            version,
            position,
            answer,
        } => Ok(Appended {
            version,
            at: at(position),
            repeated: true,
            answer,
        }),
        Committed::Conflict { version } => Err(AppendError::Conflict {
            expected: match command.expected {
                Expected::Any => version,
                Expected::Version(expected) => expected,
            },
            actual: version,
        }),
    }
}

async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(LOCK_TIMEOUT)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(STATEMENT_TIMEOUT).execute(connection).await?;
    Ok(())
}

/// The next batch, in the order of partitions; a second command of a stream waits for the next one.
fn take_batch(queue: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let mut batch = Vec::new();
    let mut streams = HashSet::new();
    let mut later = VecDeque::new();
    let mut bytes = 0;
    while batch.len() < BATCH_COMMANDS_MAX && bytes < BATCH_BYTES_MAX {
        let Some(next) = queue.pop_front() else { break };
        if next.answer.is_closed() {
            continue;
        }
        if streams.insert(next.placed.command.stream.id) {
            bytes += size(&next.placed.command);
            batch.push(next);
        } else {
            later.push_back(next);
        }
    }
    while let Some(next) = later.pop_back() {
        queue.push_front(next);
    }
    batch.sort_by_key(|waiting| waiting.placed.partition);
    batch
}

fn size(command: &Append) -> usize {
    command
        .events
        .iter()
        .map(|event| event.payload.len() + command.metadata.len())
        .sum()
}
