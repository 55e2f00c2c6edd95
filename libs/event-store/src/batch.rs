use std::mem::take;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{Append, Expected};

const NO_REQUEST: Uuid = Uuid::nil();
const ANY_VERSION: i64 = -1;

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

/// Commits `commands`, all of one partition and of different streams, in one transaction.
pub(crate) async fn commit(
    connection: &mut PgConnection,
    partition: i16,
    commands: &[Append],
) -> Result<Vec<Committed>, sqlx::Error> {
    let columns = Columns::of(commands);
    let mut row = sqlx::query!(
        r#"
        SELECT states AS "states!", versions AS "versions!", positions AS "positions!",
               answers AS "answers!"
        FROM log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        "#,
        partition,
        &columns.request,
        &columns.stream,
        &columns.expected,
        &columns.count,
        &columns.team,
        &columns.category as &[&str],
        &columns.answer as &[&[u8]],
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
    request: Vec<Uuid>,
    stream: Vec<Uuid>,
    expected: Vec<i64>,
    count: Vec<i32>,
    team: Vec<Uuid>,
    category: Vec<&'a str>,
    answer: Vec<&'a [u8]>,
    event_command: Vec<i32>,
    event_index: Vec<i32>,
    event_type: Vec<&'a str>,
    event_id: Vec<Uuid>,
    event_metadata: Vec<&'a [u8]>,
    event_payload: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(commands: &'a [Append]) -> Self {
        let mut columns = Self {
            request: unless_all(&NO_REQUEST, commands.iter().map(request)),
            expected: unless_all(&ANY_VERSION, commands.iter().map(expected)),
            ..Self::default()
        };
        for (place, command) in (1..).zip(commands) {
            columns.push(place, command);
        }
        columns
    }

    fn push(&mut self, place: i32, command: &'a Append) {
        self.stream.push(command.stream.id);
        self.team.push(command.team_id);
        self.category.push(command.stream.category);
        self.answer.push(&command.answer);
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
    }
}

fn request(command: &Append) -> Uuid {
    command.request_id.unwrap_or(NO_REQUEST)
}

fn expected(command: &Append) -> i64 {
    match command.expected {
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
