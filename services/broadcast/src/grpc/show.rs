use bootstrap::page_size;
use broadcast_domain::{Broadcast as Aggregate, BroadcastError, Draft};
use chrono::DateTime;
use event_bus::ConsistencyToken;
use proto::broadcast::v1::{Broadcast, ListBroadcastsRequest, ListBroadcastsResponse};
use tonic::Status;
use uuid::Uuid;

use super::BroadcastGrpc;
use crate::{
    queries::{Listed, Place, list_broadcasts},
    sealing, status,
};

const PAGE_SIZE_DEFAULT: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;
const LIST: &[u8] = b"broadcasts.list";

impl BroadcastGrpc {
    /// A broadcast of the team's, as of what `token` stands for.
    pub(super) async fn show(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
        token: &ConsistencyToken,
    ) -> Result<Broadcast, Status> {
        status::caught_up(&self.progress, token).await?;
        let found = list_broadcasts(&self.pool, team_id, Some(broadcast_id), None, 1)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let found = found.into_iter().next().ok_or_else(status::no_broadcast)?;
        self.opened(team_id, found).await
    }

    pub(super) async fn list(
        &self,
        team_id: Uuid,
        request: ListBroadcastsRequest,
    ) -> Result<ListBroadcastsResponse, Status> {
        let size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
        let token = status::parse_token(&request.consistency_token)?;
        let before = self.cursor(team_id, &request.page_token)?;
        status::caught_up(&self.progress, &token).await?;
        let listed = list_broadcasts(&self.pool, team_id, None, before, size)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let mut broadcasts = Vec::with_capacity(listed.len());
        for listed in listed {
            broadcasts.push(self.opened(team_id, listed).await?);
        }
        let full = u32::try_from(broadcasts.len()).is_ok_and(|found| found == size);
        let last = broadcasts.last().filter(|_| full).and_then(place);
        let next_page_token = last.map_or_else(String::new, |last| {
            self.page_tokens.seal(team_id, LIST, &to_bytes(last))
        });
        Ok(ListBroadcastsResponse {
            broadcasts,
            next_page_token,
        })
    }

    async fn opened(&self, team_id: Uuid, listed: Listed) -> Result<Broadcast, Status> {
        let vault = &self.previews.vault;
        let audience = sealing::open(vault, team_id, listed.broadcast_id, &listed.audience)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(Broadcast {
            audience: Some(audience),
            ..listed.broadcast
        })
    }

    fn cursor(&self, team_id: Uuid, page_token: &str) -> Result<Option<Place>, Status> {
        if page_token.is_empty() {
            return Ok(None);
        }
        let opened = self.page_tokens.open(team_id, LIST, page_token)?;
        Ok(from_bytes(&opened))
    }

    /// Refuses a broadcast that is not the team's, as if there were none.
    pub(super) async fn owned(&self, team_id: Uuid, broadcast_id: Uuid) -> Result<(), Status> {
        let owner = self
            .store
            .team_of(broadcast_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        if owner == Some(team_id) {
            Ok(())
        } else {
            Err(status::no_broadcast())
        }
    }

    /// What was drafted, while it still can be confirmed.
    pub(super) async fn draft(&self, team_id: Uuid, broadcast_id: Uuid) -> Result<Draft, Status> {
        self.owned(team_id, broadcast_id).await?;
        let loaded = self
            .store
            .load::<Aggregate>(broadcast_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        match loaded.state {
            Aggregate::Draft(draft) => Ok(draft),
            Aggregate::Absent => Err(status::no_broadcast()),
            Aggregate::Preparing(_) | Aggregate::Sending { .. } | Aggregate::Paused { .. } => {
                Err(status::refused(BroadcastError::AlreadyConfirmed))
            }
            Aggregate::Done => Err(status::refused(BroadcastError::Done)),
            Aggregate::Stopped => Err(status::refused(BroadcastError::Stopped)),
        }
    }
}

fn place(broadcast: &Broadcast) -> Option<Place> {
    Some(Place {
        drafted_at: events::from_timestamp(broadcast.drafted_at.as_ref())?,
        broadcast_id: Uuid::parse_str(&broadcast.broadcast_id).ok()?,
    })
}

fn to_bytes(place: Place) -> Vec<u8> {
    let micros = place.drafted_at.timestamp_micros().to_be_bytes();
    [micros.as_slice(), place.broadcast_id.as_bytes()].concat()
}

fn from_bytes(bytes: &[u8]) -> Option<Place> {
    let (micros, id) = bytes.split_first_chunk()?;
    Some(Place {
        drafted_at: DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?,
        broadcast_id: Uuid::from_slice(id).ok()?,
    })
}
