use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use futures_util::future::join_all;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};
use tracing::warn;

use crate::{
    Append, AppendError, Appended, Expected, LogPosition,
    batch::{Committed, commit},
};

/// Commands that may wait for one partition. Beyond that, callers wait to be let in.
pub(crate) const LANE_QUEUE_MAX: usize = 4096;
/// Commands, and bytes of their events, in one commit.
const BATCH_COMMANDS_MAX: usize = 1000;
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a broken connection is left alone before the next try.
const RECONNECT_AFTER: Duration = Duration::from_millis(100);
/// A lane waits this long for another writer of its partition, then answers with an error.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '5s'";
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '15s'";

/// A command, and where its caller waits for the answer.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) command: Append,
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
    pub async fn run(self) {
        join_all(self.lanes.into_iter().map(Lane::run)).await;
    }
}

/// Commits the commands of one partition, a batch at a time, over a connection of its own.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) partition: i16,
    pub(crate) pool: PgPool,
    pub(crate) incoming: mpsc::Receiver<Waiting>,
    pub(crate) head: watch::Sender<i64>,
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
        while queue.len() < LANE_QUEUE_MAX {
            match self.incoming.try_recv() {
                Ok(next) => queue.push_back(next),
                Err(_) => break,
            }
        }
        true
    }

    async fn commit(&self, connection: &mut Option<PgConnection>, batch: Vec<Waiting>) {
        let (commands, answers): (Vec<Append>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| (waiting.command, waiting.answer))
            .unzip();
        match self.try_commit(connection, &commands).await {
            Ok(outcomes) => {
                for ((command, answer), outcome) in commands.iter().zip(answers).zip(outcomes) {
                    // A caller that has gone away does not wait for its answer.
                    drop(answer.send(self.appended(command, outcome)));
                }
            }
            Err(error) => {
                warn!(partition = self.partition, error = %error, "cannot append a batch");
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
        commands: &[Append],
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
        let open = connection.insert(open);
        let outcomes = commit(open, self.partition, commands).await?;
        let last = outcomes.iter().filter_map(position).max();
        if let Some(last) = last {
            self.head.send_if_modified(|head| {
                let newer = last > *head;
                *head = last.max(*head);
                newer
            });
        }
        Ok(outcomes)
    }

    fn appended(&self, command: &Append, outcome: Committed) -> Result<Appended, AppendError> {
        let at = |position| LogPosition {
            partition: self.partition,
            position,
        };
        match outcome {
            Committed::Appended { version, position } => Ok(Appended {
                version,
                at: at(position),
                repeated: false,
                answer: command.answer.clone(),
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
}

async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(LOCK_TIMEOUT)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(STATEMENT_TIMEOUT).execute(connection).await?;
    Ok(())
}

fn position(outcome: &Committed) -> Option<i64> {
    match outcome {
        Committed::Appended { position, .. } | Committed::Repeated { position, .. } => {
            Some(*position)
        }
        Committed::Conflict { .. } => None,
    }
}

/// The next batch: in order, but a second command of a stream waits for the next one.
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
        if streams.insert(next.command.stream.id) {
            bytes += size(&next.command);
            batch.push(next);
        } else {
            later.push_back(next);
        }
    }
    while let Some(next) = later.pop_back() {
        queue.push_front(next);
    }
    batch
}

fn size(command: &Append) -> usize {
    command
        .events
        .iter()
        .map(|event| event.payload.len() + command.metadata.len())
        .sum()
}
