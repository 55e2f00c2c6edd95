use std::mem::take;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{Append, Expected};

const NO_REQUEST: Uuid = Uuid::nil();
const ANY_VERSION: i64 = -1;

/// A command, and the partition that its stream is in.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) partition: i16,
    pub(crate) command: Append,
}

/// What became of one command of a batch.
#[derive(Debug)]
pub(crate) enum Committed {
    Appended {
        version: i64,
        position: i64,
    },
    Repeated {
        version: i64,
        position: i64,
        answer: Vec<u8>,
    },
    Conflict {
        version: i64,
    },
}

/// Commits `commands`, of different streams and in the order of their partitions, in one transaction.
pub(crate) async fn commit(
    connection: &mut PgConnection,
    commands: &[Placed],
) -> Result<Vec<Committed>, sqlx::Error> {
    let columns = Columns::of(commands);
    let mut row = sqlx::query!(
        r#"
        SELECT states AS "states!", versions AS "versions!", positions AS "positions!",
               answers AS "answers!"
        FROM log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        "#,
        &columns.partition,
        &columns.partition_events,
        &columns.place,
        &columns.offset,
        &columns.count,
        &columns.stream,
        &columns.expected,
        &columns.request,
        &columns.answer as &[&[u8]],
        &columns.team,
        &columns.category as &[&str],
        &columns.event_command,
        &columns.event_index,
        &columns.event_type as &[&str],
        &columns.event_id,
        &columns.event_metadata as &[&[u8]],
        &columns.event_payload as &[&[u8]],
    )
    .fetch_one(connection)
    .await?;
    let found = row.states.iter().zip(&row.versions).zip(&row.positions);
    let outcomes = found.zip(&columns.count).enumerate();
    Ok(outcomes
        .map(
            |(place, (((state, &version), &position), &count))| match state {
                0 => Committed::Appended {
                    version: version + i64::from(count),
                    position: position + i64::from(count) - 1,
                },
                1 => Committed::Repeated {
                    version,
                    position,
                    answer: row.answers.get_mut(place).map(take).unwrap_or_default(),
                },
                _ => Committed::Conflict { version },
            },
        )
        .collect())
}

/// The answer that an earlier command with this request id got.
pub(crate) async fn find_receipt(
    pool: &PgPool,
    stream_id: Uuid,
    request_id: Uuid,
) -> Result<Option<Committed>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT version, position, answer FROM log_receipts
         WHERE stream_id = $1 AND request_id = $2",
        stream_id,
        request_id,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Committed::Repeated {
        version: row.version,
        position: row.position,
        answer: row.answer,
    }))
}

/// The commands turned on their side, as `log_append` takes them.
#[derive(Debug, Default)]
struct Columns<'a> {
    partition: Vec<i16>,
    partition_events: Vec<i32>,
    place: Vec<i32>,
    offset: Vec<i32>,
    count: Vec<i32>,
    stream: Vec<Uuid>,
    expected: Vec<i64>,
    request: Vec<Uuid>,
    answer: Vec<&'a [u8]>,
    team: Vec<Uuid>,
    category: Vec<&'a str>,
    event_command: Vec<i32>,
    event_index: Vec<i32>,
    event_type: Vec<&'a str>,
    event_id: Vec<Uuid>,
    event_metadata: Vec<&'a [u8]>,
    event_payload: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(commands: &'a [Placed]) -> Self {
        let mut columns = Self {
            expected: unless_all(&ANY_VERSION, commands.iter().map(expected)),
            request: unless_all(&NO_REQUEST, commands.iter().map(request)),
            ..Self::default()
        };
        let partitions = commands.chunk_by(|one, other| one.partition == other.partition);
        for (place, partition) in (1..).zip(partitions) {
            let mut events = 0;
            columns
                .partition
                .extend(partition.first().map(|first| first.partition));
            for Placed { command, .. } in partition {
                columns.place.push(place);
                columns.offset.push(events);
                events += columns.push(command);
            }
            columns.partition_events.push(events);
        }
        columns
    }

    /// Returns how many events the command has.
    fn push(&mut self, command: &'a Append) -> i32 {
        self.stream.push(command.stream.id);
        self.answer.push(&command.answer);
        self.team.push(command.team_id);
        self.category.push(command.stream.category);
        let place = i32::try_from(self.stream.len()).unwrap_or(i32::MAX);
        let mut count = 0;
        for event in &command.events {
            self.event_command.push(place);
            self.event_index.push(count);
            self.event_type.push(&event.event_type);
            self.event_id.push(event.event_id);
            self.event_metadata.push(&command.metadata);
            self.event_payload.push(&event.payload);
            count += 1;
        }
        self.count.push(count);
        count
    }
}

fn request(placed: &Placed) -> Uuid {
    placed.command.request_id.unwrap_or(NO_REQUEST)
}

fn expected(placed: &Placed) -> i64 {
    match placed.command.expected {
        Expected::Any => ANY_VERSION,
        // No stream is at a version below 0, and -1 means any.
        Expected::Version(..0) => i64::MAX,
        Expected::Version(version) => version,
    }
}

/// A value a command; none at all if no command has one, which spares looking for it.
fn unless_all<T: PartialEq>(nothing: &T, values: impl Iterator<Item = T>) -> Vec<T> {
    let values: Vec<T> = values.collect();
    if values.iter().all(|value| value == nothing) {
        return Vec::new();
    }
    values
}
