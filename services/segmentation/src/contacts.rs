use std::sync::Arc;

use roaring::RoaringBitmap;
use segmentation_domain::{Filter, NameKind, ResolvedFilter};
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;
use vault::Vault;

use crate::{
    exact,
    index::{Indexes, Team, TeamIndex},
    segments::Asked,
    status,
};

/// Who matches what: everything that queries are made of.
#[derive(Debug, Clone)]
pub(crate) struct Contacts {
    pub(crate) pool: PgPool,
    pub(crate) vault: Vault,
    pub(crate) indexes: Indexes,
}

/// Whose contacts, and which of them.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) team_id: Uuid,
    /// `None`: all of the team's accounts.
    pub(crate) account_id: Option<Uuid>,
    pub(crate) filter: ResolvedFilter,
}

impl Selection {
    /// What is asked for, with the team's tags.
    pub(crate) fn new(team_id: Uuid, team: &Team, asked: &Asked) -> Result<Self, Status> {
        Ok(Self {
            team_id,
            account_id: asked.account_id,
            filter: asked.resolve(|tag| team.read().words().tag_id(tag))?,
        })
    }
}

impl Contacts {
    /// The team's index, as soon as it reflects what `token` stands for.
    pub(crate) async fn team(&self, team_id: Uuid, token: &str) -> Result<Arc<Team>, Status> {
        let token = status::parse_token(token)?;
        let team = self.indexes.team(team_id, &token).await;
        team.map_err(|unready| status::unready(&unready))
    }

    /// What `look` finds of those who match, and of everyone, all as of one moment.
    pub(crate) async fn select<T: Send + 'static>(
        &self,
        team: &Arc<Team>,
        selection: &Selection,
        look: impl FnOnce(&TeamIndex, RoaringBitmap) -> T + Send + 'static,
    ) -> Result<T, Status> {
        if searches_names(&selection.filter) {
            let open = self.indexes.open_names(selection.team_id, team).await;
            open.map_err(|unready| status::unready(&unready))?;
        }
        let found = exact::found(&self.pool, &self.vault, selection)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let (team, selection) = (Arc::clone(team), selection.clone());
        // A million contacts take milliseconds.
        let looked = tokio::task::spawn_blocking(move || {
            let index = team.read();
            let matching = index.matching(selection.account_id, &selection.filter, &found);
            look(&index, matching)
        });
        looked.await.map_err(|error| bootstrap::internal(&error))
    }
}

fn searches_names(filter: &ResolvedFilter) -> bool {
    filter.any_node(&mut |filter| match filter {
        Filter::Name(name) => name.kind() != NameKind::Whole,
        Filter::All(_)
        | Filter::Any(_)
        | Filter::Not(_)
        | Filter::HasAnyTag(_)
        | Filter::HasAllTags(_)
        | Filter::HasNoTag(_)
        | Filter::LastInteraction(_)
        | Filter::SubscribedAt(_)
        | Filter::Status(_)
        | Filter::Phone(_)
        | Filter::Email(_)
        | Filter::MemberNumber(_)
        | Filter::SiteBound(_) => false,
    })
}
