use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use futures_util::{
    FutureExt as _, StreamExt as _, TryFutureExt as _, TryStreamExt as _,
    future::BoxFuture,
    stream::{self, FuturesUnordered},
};
use sqlx::PgPool;
use tokio::{sync::mpsc, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use vault::Vault;

use super::{
    moved::Positions,
    read,
    registry::{Inner, Team, Wanted},
    team::TeamIndex,
};
use crate::profiles;

/// Teams that are read at once.
const LOADS_MAX: usize = 4;
const NAMES_PER_PAGE: i64 = 5_000;
const PAGES_AT_ONCE: usize = 3;
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Makes the indexes that somebody waits for, and opens names.
#[derive(Debug)]
pub(crate) struct Loader {
    pub(super) pool: PgPool,
    pub(super) vault: Vault,
    pub(super) indexes: Arc<Inner>,
    pub(super) wanted: mpsc::Receiver<Wanted>,
    pub(super) loaded: mpsc::Sender<Loaded>,
}

/// An index on its way to the follower.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) team_id: Uuid,
    pub(super) index: TeamIndex,
    pub(super) positions: Positions,
}

impl Loader {
    pub(crate) async fn run(mut self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let mut loads: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                Some(()) = loads.next() => {}
                Some(wanted) = self.wanted.recv(), if loads.len() < LOADS_MAX => {
                    loads.push(self.load(wanted));
                }
                else => return Ok(()),
            }
        }
    }

    fn load(&self, wanted: Wanted) -> BoxFuture<'static, ()> {
        let (pool, vault) = (self.pool.clone(), self.vault.clone());
        let (indexes, loaded) = (Arc::clone(&self.indexes), self.loaded.clone());
        async move {
            match wanted {
                Wanted::Index(team_id) => match read::whole(&pool, team_id).await {
                    Ok((index, positions)) => {
                        let index = Loaded {
                            team_id,
                            index,
                            positions,
                        };
                        // The follower is gone when the process stops.
                        drop(loaded.send(index).await);
                    }
                    Err(error) => {
                        failed(team_id, &error);
                        sleep(RETRY_AFTER).await;
                        indexes.remove(team_id);
                    }
                },
                Wanted::Names(team_id) => {
                    let Some(team) = indexes.ready().remove(&team_id) else {
                        return;
                    };
                    let opened = open_names(&pool, &vault, team_id, &team).await;
                    if let Err(error) = opened {
                        failed(team_id, &*error);
                        sleep(RETRY_AFTER).await;
                        team.write().names = None;
                    }
                    indexes.arrived();
                }
            }
        }
        .boxed()
    }
}

fn failed(team_id: Uuid, error: &(dyn std::error::Error + 'static)) {
    warn!(team.id = %team_id, error, "cannot read a team's contacts, tries again");
}

/// Puts in everyone's name, unless the follower knows a later one.
async fn open_names(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    team: &Team,
) -> anyhow::Result<()> {
    let pages = stream::try_unfold(0, move |after| async move {
        let page = profiles::after_ordinal(pool, team_id, after, NAMES_PER_PAGE)
            .await
            .context("cannot read profiles")?;
        let last = page.last().map(|profile| profile.ordinal);
        Ok::<_, anyhow::Error>(last.map(|last| (page, last)))
    });
    let mut opened = pages
        .map_ok(|page| profiles::open(vault, team_id, page).map_err(anyhow::Error::from))
        .try_buffered(PAGES_AT_ONCE)
        .boxed();
    while let Some(page) = opened.try_next().await? {
        let mut index = team.write();
        for (sealed, profile) in page {
            index.learn_name(&sealed, profile.as_ref());
        }
    }
    if let Some(names) = &mut team.write().names {
        names.complete = true;
    }
    Ok(())
}
