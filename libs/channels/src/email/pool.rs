use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::connection::Connection;

/// Below what servers wait for the next mail: Postfix 10 seconds under load, most five minutes.
const IDLE_MAX: Duration = Duration::from_secs(8);

/// Connections between mails, the last that was used on top.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Vec<Idle>>,
    idle_max: usize,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pool {
    pub(super) fn new(idle_max: usize) -> Self {
        Self {
            idle: Mutex::default(),
            idle_max,
        }
    }

    /// One that the server has probably not closed yet. The stale ones end here.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut idle = self.idle();
        idle.retain(|it| it.since.elapsed() < IDLE_MAX);
        idle.pop().map(|it| it.connection)
    }

    /// Keeps a connection, or gives it back to be closed.
    pub(super) fn put(&self, connection: Connection) -> Option<Connection> {
        let mut idle = self.idle();
        if idle.len() >= self.idle_max {
            return Some(connection);
        }
        idle.push(Idle {
            connection,
            since: Instant::now(),
        });
        None
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
