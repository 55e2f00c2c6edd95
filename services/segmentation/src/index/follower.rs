use std::{collections::BTreeSet, sync::Arc, time::Duration};

use event_bus::Progress;
use sqlx::PgPool;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use vault::Vault;

use super::{
    loader::{Loaded, Loader},
    moved::{ChangedTeam, Moved, Positions, forget_old, moved},
    read,
    registry::{Indexes, Inner, Team},
    team::{Entry, TeamIndex},
};
use crate::profiles::{self, ProfileError};

/// How often it looks for what another process has projected.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// What comes within this is taken in together.
const PAUSE: Duration = Duration::from_millis(5);
const RETRY_AFTER: Duration = Duration::from_secs(1);
const CLEAN_INTERVAL: Duration = Duration::from_mins(1);
/// After so long without a question, a team's index is dropped.
const IDLE_MAX: Duration = Duration::from_mins(15);
/// Rows read at once.
const ROWS_MAX: usize = 5_000;
/// Rows taken in before queries get their turn.
const ROWS_PER_LOCK: usize = 500;
const LOADED_MAX: usize = 4;

/// Keeps the indexes as the read model is.
#[derive(Debug)]
pub(crate) struct Follower {
    pool: PgPool,
    vault: Vault,
    indexes: Arc<Inner>,
    loaded: mpsc::Receiver<Loaded>,
    progress: Progress,
    reached: Positions,
    cleaned_at: Instant,
}

impl Follower {
    /// What answers queries, and the two tasks behind it.
    pub(crate) fn new(pool: PgPool, vault: Vault, progress: Progress) -> (Indexes, Self, Loader) {
        let (indexes, wanted) = Indexes::new();
        let (sender, loaded) = mpsc::channel(LOADED_MAX);
        let loader = Loader {
            pool: pool.clone(),
            vault: vault.clone(),
            indexes: Arc::clone(&indexes.0),
            wanted,
            loaded: sender,
        };
        let follower = Self {
            pool,
            vault,
            indexes: Arc::clone(&indexes.0),
            loaded,
            progress,
            reached: Positions::new(),
            cleaned_at: Instant::now(),
        };
        (indexes, follower, loader)
    }

    pub(crate) async fn run(mut self, shutdown: CancellationToken) -> anyhow::Result<()> {
        loop {
            let arrived = tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                Some(loaded) = self.loaded.recv() => Some(loaded),
                () = self.progress.moved() => None,
                () = sleep(POLL_INTERVAL) => None,
            };
            let followed = match arrived {
                Some(loaded) => self.attach(loaded).await,
                None => self.advance().await,
            };
            let pause = match followed {
                Ok(()) => PAUSE,
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "cannot follow the read model, tries again"
                    );
                    RETRY_AFTER
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = sleep(pause) => {}
            }
        }
    }

    /// Takes in what changed since the last time.
    async fn advance(&mut self) -> Result<(), ProfileError> {
        self.clean().await?;
        let ready = self.indexes.ready();
        let teams: Vec<Uuid> = ready.keys().copied().collect();
        let positions = match moved(&self.pool, &self.reached, &teams).await? {
            Moved::To { positions, teams } => {
                for (team_id, changed) in teams {
                    if let Some(team) = ready.get(&team_id) {
                        self.refresh(team_id, team, changed).await?;
                    }
                }
                positions
            }
            Moved::Lost { positions } => {
                info!("the read model has begun anew, or is far ahead: so do the indexes");
                self.indexes.remove_ready();
                positions
            }
        };
        if positions != self.reached {
            self.reached.clone_from(&positions);
            self.indexes.reach(positions);
        }
        Ok(())
    }

    /// Takes in what changed while a team's rows were read. From then on it is followed.
    async fn attach(&mut self, loaded: Loaded) -> Result<(), ProfileError> {
        let team_id = loaded.team_id;
        let mut index = loaded.index;
        match self.catch_up(team_id, &mut index, &loaded.positions).await {
            Ok(true) => {
                self.indexes.put(team_id, index);
                Ok(())
            }
            Ok(false) => {
                self.indexes.remove(team_id);
                Ok(())
            }
            Err(error) => {
                self.indexes.remove(team_id);
                Err(error.into())
            }
        }
    }

    async fn catch_up(
        &self,
        team_id: Uuid,
        index: &mut TeamIndex,
        since: &Positions,
    ) -> sqlx::Result<bool> {
        let Moved::To { mut teams, .. } = moved(&self.pool, since, &[team_id]).await? else {
            return Ok(false);
        };
        let changed = teams.remove(&team_id).unwrap_or_default();
        if changed.words {
            index.words = read::words(&mut *self.pool.acquire().await?, team_id).await?;
        }
        for ordinals in in_chunks(&changed.ordinals) {
            for entry in read::entries(&self.pool, team_id, &ordinals).await? {
                index.put(&entry);
            }
        }
        Ok(true)
    }

    async fn refresh(
        &self,
        team_id: Uuid,
        team: &Team,
        changed: ChangedTeam,
    ) -> Result<(), ProfileError> {
        if changed.words {
            let words = read::words(&mut *self.pool.acquire().await?, team_id).await?;
            team.write().words = words;
        }
        for ordinals in in_chunks(&changed.ordinals) {
            let entries = read::entries(&self.pool, team_id, &ordinals).await?;
            for entries in entries.chunks(ROWS_PER_LOCK) {
                let mut index = team.write();
                for entry in entries {
                    index.put(entry);
                }
            }
            self.refresh_names(team_id, team, &entries).await?;
        }
        Ok(())
    }

    /// Opens those names that are other ones now, if the team's names are open at all.
    async fn refresh_names(
        &self,
        team_id: Uuid,
        team: &Team,
        entries: &[Entry],
    ) -> Result<(), ProfileError> {
        let unknown = team.read().unknown_names(entries);
        if unknown.is_empty() {
            return Ok(());
        }
        let sealed = profiles::of_contacts(&self.pool, team_id, &unknown).await?;
        let opened = profiles::open(&self.vault, team_id, sealed).await?;
        let mut index = team.write();
        for (sealed, profile) in opened {
            index.relearn_name(&sealed, profile.as_ref());
        }
        Ok(())
    }

    async fn clean(&mut self) -> sqlx::Result<()> {
        if self.cleaned_at.elapsed() < CLEAN_INTERVAL {
            return Ok(());
        }
        self.cleaned_at = Instant::now();
        if let Some(since) = self.cleaned_at.checked_sub(IDLE_MAX) {
            self.indexes.remove_idle(since);
        }
        forget_old(&self.pool).await
    }
}

fn in_chunks(ordinals: &BTreeSet<i32>) -> Vec<Vec<i32>> {
    let ordinals: Vec<i32> = ordinals.iter().copied().collect();
    ordinals.chunks(ROWS_MAX).map(<[i32]>::to_vec).collect()
}
