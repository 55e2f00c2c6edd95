//! Everyone who matches, as a file: in one snapshot, a page at a time, as fast as the receiver takes it.

mod file;
mod rows;

use std::sync::Arc;

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use proto::segmentation::v1::ExportContactsResponse;
use roaring::RoaringBitmap;
use sqlx::{PgPool, PgTransaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use uuid::Uuid;
use vault::Vault;

pub(crate) use self::file::Format;
use self::file::WriteError;
use crate::{
    index::Words,
    profiles::{self, ProfileError, SealedProfile},
};

/// Contacts in a message: a few hundred kilobytes as a rule.
const PAGE_CONTACTS: usize = 500;
/// Each holds a connection and a snapshot.
const EXPORTS_MAX: usize = 4;

#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error("cannot read contacts")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What exports need.
#[derive(Debug, Clone)]
pub(crate) struct Exports {
    pool: PgPool,
    vault: Vault,
    running: Arc<Semaphore>,
}

/// Whom to export, and how.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) team_id: Uuid,
    /// By their ordinals.
    pub(crate) contacts: RoaringBitmap,
    pub(crate) words: Words,
    pub(crate) format: Format,
}

/// An export on its way.
struct Running {
    wanted: Wanted,
    vault: Vault,
    snapshot: PgTransaction<'static>,
    /// The first contact that has not been read yet.
    next: Option<u32>,
    rows: i64,
    begun: bool,
    _permit: OwnedSemaphorePermit,
}

impl Exports {
    pub(crate) fn new(pool: PgPool, vault: Vault) -> Self {
        Self {
            pool,
            vault,
            running: Arc::new(Semaphore::new(EXPORTS_MAX)),
        }
    }

    pub(crate) async fn start(
        &self,
        wanted: Wanted,
    ) -> Result<BoxStream<'static, Result<ExportContactsResponse, Status>>, Status> {
        let permit = Arc::clone(&self.running).try_acquire_owned();
        let permit = permit.map_err(|_| crate::status::too_many_exports())?;
        let snapshot = rows::snapshot(&self.pool)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let running = Running {
            next: wanted.contacts.min(),
            wanted,
            vault: self.vault.clone(),
            snapshot,
            rows: 0,
            begun: false,
            _permit: permit,
        };
        let pages = stream::try_unfold(running, |mut running| async move {
            let page = running.page().await;
            let page = page.map_err(|error| bootstrap::internal(&error))?;
            Ok(page.map(|page| (page, running)))
        });
        Ok(pages.boxed())
    }
}

impl Running {
    /// The next piece of the file; `None` after its end. The first is there even of an empty file.
    async fn page(&mut self) -> Result<Option<ExportContactsResponse>, ExportError> {
        let ordinals = self.take_ordinals();
        if ordinals.is_empty() && self.begun {
            return Ok(None);
        }
        let mut data = Vec::new();
        if !self.begun {
            self.wanted.format.begin(&mut data)?;
            self.begun = true;
        }
        let team_id = self.wanted.team_id;
        let mut rows = rows::read(&mut self.snapshot, team_id, &ordinals).await?;
        let sealed: Vec<SealedProfile> = rows.iter_mut().filter_map(rows::Row::profile).collect();
        let opened = profiles::open(&self.vault, team_id, sealed).await?;
        let mut profiles = opened.into_iter().peekable();
        for row in &rows {
            // Profiles are in the order of their rows.
            let opened = profiles.next_if(|(sealed, _)| sealed.contact_id == row.contact_id);
            // Nobody can be reached, or be known again, without a profile.
            if let Some((_, Some(profile))) = opened {
                let Wanted { format, words, .. } = &self.wanted;
                format.write(&mut data, row, &profile, words)?;
                self.rows += 1;
            }
        }
        Ok(Some(ExportContactsResponse {
            data,
            rows: self.rows,
            total: i64::try_from(self.wanted.contacts.len()).unwrap_or(i64::MAX),
        }))
    }

    fn take_ordinals(&mut self) -> Vec<i32> {
        let Some(next) = self.next else {
            return Vec::new();
        };
        let mut left = self.wanted.contacts.range(next..);
        let taken = left.by_ref().take(PAGE_CONTACTS);
        let ordinals = taken.map(|ordinal| i32::try_from(ordinal).unwrap_or(i32::MAX));
        let ordinals = ordinals.collect();
        self.next = left.next();
        ordinals
    }
}
