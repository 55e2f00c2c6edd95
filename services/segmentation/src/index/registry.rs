use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use event_bus::ConsistencyToken;
use event_store::LogPosition;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout_at},
};
use uuid::Uuid;

use super::{moved::Positions, names::Names, team::TeamIndex};

/// How long a query waits until its team's index is there: it may have to be made first.
const LOAD_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a query waits until the index has what the caller did before.
const FOLLOW_WAIT_MAX: Duration = Duration::from_secs(5);
/// Teams that wait for their index, or for their names.
const WANTED_MAX: usize = 1024;

/// The indexes of the teams that somebody asks about.
#[derive(Debug, Clone)]
pub(crate) struct Indexes(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    teams: Mutex<HashMap<Uuid, Slot>>,
    wanted: mpsc::Sender<Wanted>,
    reached: watch::Sender<Positions>,
    /// Moves whenever an index or a team's names arrived, or could not be read.
    arrivals: watch::Sender<u64>,
}

#[derive(Debug)]
enum Slot {
    Loading,
    Ready(Arc<Team>),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Index(Uuid),
    Names(Uuid),
}

/// One team's index.
#[derive(Debug)]
pub(crate) struct Team {
    index: RwLock<TeamIndex>,
    used_at: Mutex<Instant>,
}

/// The index is not there, or does not reflect what the caller has done. Ask again in a while.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unready {
    #[error("the read model is behind at {0}, ask again")]
    Behind(LogPosition),
    #[error("the team's contacts are being read, ask again")]
    Loading,
}

impl Indexes {
    pub(super) fn new() -> (Self, mpsc::Receiver<Wanted>) {
        let (wanted, receiver) = mpsc::channel(WANTED_MAX);
        let inner = Inner {
            teams: Mutex::default(),
            wanted,
            reached: watch::Sender::new(Positions::new()),
            arrivals: watch::Sender::new(0),
        };
        (Self(Arc::new(inner)), receiver)
    }

    /// The team's index, as soon as it reflects what `token` stands for.
    pub(crate) async fn team(
        &self,
        team_id: Uuid,
        token: &ConsistencyToken,
    ) -> Result<Arc<Team>, Unready> {
        // First, so that what is still on its way is not read from a stale index.
        self.reached(token).await?;
        let deadline = Instant::now() + LOAD_WAIT_MAX;
        let mut arrivals = self.0.arrivals.subscribe();
        loop {
            if let Some(team) = self.0.ready_or_want(team_id) {
                *lock(&team.used_at) = Instant::now();
                return Ok(team);
            }
            wait(&mut arrivals, deadline).await?;
        }
    }

    /// Waits until the team's names are open. They stay so, and current, as long as its index does.
    pub(crate) async fn open_names(&self, team_id: Uuid, team: &Team) -> Result<(), Unready> {
        let deadline = Instant::now() + LOAD_WAIT_MAX;
        let mut arrivals = self.0.arrivals.subscribe();
        loop {
            if team
                .read()
                .names
                .as_ref()
                .is_some_and(|names| names.complete)
            {
                return Ok(());
            }
            if team.begin_names() && self.0.wanted.try_send(Wanted::Names(team_id)).is_err() {
                team.write().names = None;
                return Err(Unready::Loading);
            }
            wait(&mut arrivals, deadline).await?;
        }
    }

    async fn reached(&self, token: &ConsistencyToken) -> Result<(), Unready> {
        let deadline = Instant::now() + FOLLOW_WAIT_MAX;
        let mut reached = self.0.reached.subscribe();
        for at in token.positions_in("contacts") {
            let there = reached.wait_for(|reached| {
                let reached = reached.get(&at.partition);
                reached.is_some_and(|position| *position >= at.position)
            });
            match timeout_at(deadline, there).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return Err(Unready::Behind(at)),
            }
        }
        Ok(())
    }
}

async fn wait(arrivals: &mut watch::Receiver<u64>, deadline: Instant) -> Result<(), Unready> {
    match timeout_at(deadline, arrivals.changed()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Unready::Loading),
    }
}

impl Inner {
    fn ready_or_want(&self, team_id: Uuid) -> Option<Arc<Team>> {
        let mut teams = lock(&self.teams);
        match teams.get(&team_id) {
            Some(Slot::Ready(team)) => return Some(Arc::clone(team)),
            Some(Slot::Loading) => {}
            None => {
                if self.wanted.try_send(Wanted::Index(team_id)).is_ok() {
                    teams.insert(team_id, Slot::Loading);
                }
            }
        }
        None
    }

    pub(super) fn ready(&self) -> HashMap<Uuid, Arc<Team>> {
        let teams = lock(&self.teams);
        let ready = teams.iter().filter_map(|(team_id, slot)| match slot {
            Slot::Ready(team) => Some((*team_id, Arc::clone(team))),
            Slot::Loading => None,
        });
        ready.collect()
    }

    pub(super) fn put(&self, team_id: Uuid, index: TeamIndex) {
        let team = Team {
            index: RwLock::new(index),
            used_at: Mutex::new(Instant::now()),
        };
        lock(&self.teams).insert(team_id, Slot::Ready(Arc::new(team)));
        self.arrived();
    }

    /// The next query makes it anew.
    pub(super) fn remove(&self, team_id: Uuid) {
        lock(&self.teams).remove(&team_id);
        self.arrived();
    }

    pub(super) fn remove_ready(&self) {
        lock(&self.teams).retain(|_, slot| matches!(slot, Slot::Loading));
    }

    pub(super) fn remove_idle(&self, since: Instant) {
        lock(&self.teams).retain(|_, slot| match slot {
            Slot::Ready(team) => *lock(&team.used_at) >= since,
            Slot::Loading => true,
        });
    }

    pub(super) fn arrived(&self) {
        self.arrivals.send_modify(|arrivals| *arrivals += 1);
    }

    pub(super) fn reach(&self, positions: Positions) {
        self.reached.send_replace(positions);
    }
}

impl Team {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, TeamIndex> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, TeamIndex> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the caller is the first to want the names.
    fn begin_names(&self) -> bool {
        let mut index = self.write();
        let first = index.names.is_none();
        index.names.get_or_insert_with(Names::default);
        first
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
