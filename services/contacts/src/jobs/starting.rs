use std::sync::Arc;

use bootstrap::Clock;
use contacts_domain::{
    Account, Job, JobAction, JobCommand, JobError, JobPlan, Tag, TagDictionary, TagError,
    job_stream_id, tag_dictionary_id,
};
use event_bus::{ConsistencyToken, Progress};
use event_sourcing::DecodeError;
use event_store::{CommandContext, EventStore, ExecuteError, LoadError};
use events::{common::Purpose, segment::Filter};
use sqlx::PgPool;
use tonic::Status;
use tracing::info;
use uuid::Uuid;
use vault::{Vault, VaultError};

use super::{
    audience::{Audiences, is_refusal},
    filter,
};
use crate::{commands::ensure_tags, heads::until_now, metadata};

/// Starts jobs.
#[derive(Debug, Clone)]
pub(crate) struct Starter {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) audiences: Audiences,
    /// Of the read model that jobs are found in.
    pub(crate) progress: Progress,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What somebody wants to be done.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) team_id: Uuid,
    pub(crate) actor: String,
    pub(crate) job_id: Uuid,
    pub(crate) account_id: Uuid,
    /// Everything that was asked for, as bytes.
    pub(crate) request: Vec<u8>,
    pub(crate) action: AskedAction,
}

#[derive(Debug)]
pub(crate) enum AskedAction {
    Import {
        dry_run: bool,
    },
    Tag {
        filter: Filter,
        added: Vec<Tag>,
        removed: Vec<Tag>,
    },
    Consent {
        filter: Filter,
        purposes: Vec<Purpose>,
        opted_out: bool,
    },
    Delete {
        filter: Filter,
        expected_contacts: i64,
    },
}

impl AskedAction {
    /// Whom it is for; `None`: for those in a file.
    fn filter(&self) -> Option<&Filter> {
        match self {
            Self::Import { .. } => None,
            Self::Tag { filter, .. }
            | Self::Consent { filter, .. }
            | Self::Delete { filter, .. } => Some(filter),
        }
    }
}

/// A job as it is now.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) job: Job,
    /// What the read model has once it knows of it; empty if it was started before.
    pub(crate) token: ConsistencyToken,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("there is no such account")]
    NoAccount,
    #[error("segmentation refuses the filter")]
    Filter(#[source] Box<Status>),
    #[error(transparent)]
    Tags(TagError),
    #[error("cannot create tags")]
    Dictionary(#[source] ExecuteError<TagError>),
    #[error(transparent)]
    Refused(JobError),
    #[error("cannot start a job")]
    Database(#[from] sqlx::Error),
    #[error("cannot start a job")]
    Vault(#[from] VaultError),
    #[error("cannot start a job")]
    Load(#[from] LoadError),
    #[error("cannot start a job")]
    Execute(#[source] ExecuteError<JobError>),
}

impl Starter {
    /// Starts a job, unless it is started already.
    pub(crate) async fn start(&self, asked: Asked) -> Result<Started, StartError> {
        let stream_id = job_stream_id(asked.team_id, asked.job_id);
        let lookup = self.vault.lookup_key(asked.team_id).await?;
        let request_digest = lookup.digest(&asked.request).to_vec();
        let job = self.store.load::<Job>(stream_id).await?.state;
        if let Some(plan) = job.plan() {
            return if plan.request_digest == request_digest {
                Ok(Started {
                    job,
                    token: ConsistencyToken::default(),
                })
            } else {
                Err(StartError::Refused(JobError::OtherRequest))
            };
        }
        self.check_account(asked.team_id, asked.account_id).await?;
        let context = CommandContext {
            team_id: asked.team_id,
            request_id: None,
            metadata: metadata::of_command(&asked.actor, asked.job_id),
        };
        let (job_id, account_id) = (asked.job_id, asked.account_id);
        if let Some(filter) = asked.action.filter() {
            self.check_filter(asked.team_id, account_id, filter.clone())
                .await?;
        }
        let (sealed_filter, action) = self.action(asked, &context).await?;
        let plan = JobPlan {
            job_id,
            account_id,
            sealed_filter,
            action,
            request_digest,
            started_at: self.clock.now(),
        };
        let executed = self
            .store
            .execute::<Job>(&context, stream_id, JobCommand::Start(plan))
            .await
            .map_err(|error| match error {
                ExecuteError::Refused(refusal) => StartError::Refused(refusal),
                ExecuteError::Load(_) | ExecuteError::Append(_) => StartError::Execute(error),
            })?;
        let mut token = ConsistencyToken::default();
        if let Some(at) = executed.at {
            info!(job.id = %job_id, account.id = %account_id, "a job was started");
            token = ConsistencyToken::of(self.store.meta().name.as_str(), at);
            // So that whoever asks next finds it. If that takes too long, they ask again.
            self.progress.wait_for(&token).await.ok();
        }
        let job = self.store.load::<Job>(stream_id).await?.state;
        Ok(Started { job, token })
    }

    /// Asks the log: a read model might not know yet what was connected just now.
    async fn check_account(&self, team_id: Uuid, account_id: Uuid) -> Result<(), StartError> {
        if self.store.team_of(account_id).await? != Some(team_id) {
            return Err(StartError::NoAccount);
        }
        match self.store.load::<Account>(account_id).await {
            Ok(loaded) if loaded.state.connection().is_some() => Ok(()),
            // Something else of the team has this id.
            Ok(_) | Err(LoadError::Decode(DecodeError::UnknownType(_))) => {
                Err(StartError::NoAccount)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Asks segmentation now whether it knows what the filter speaks of, such as its tags: before anything
    /// is written, and while somebody is there who can mend it. If it does not answer, the job finds out.
    async fn check_filter(
        &self,
        team_id: Uuid,
        account_id: Uuid,
        filter: Filter,
    ) -> Result<(), StartError> {
        let token = until_now(&self.pool, &self.store).await?;
        let resolved = self.audiences.resolve(team_id, account_id, filter, &token);
        match resolved.await {
            Err(status) if is_refusal(status.code()) => Err(StartError::Filter(Box::new(status))),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn action(
        &self,
        asked: Asked,
        context: &CommandContext,
    ) -> Result<(Vec<u8>, JobAction), StartError> {
        let team_id = asked.team_id;
        let (filter, action) = match asked.action {
            AskedAction::Import { dry_run } => {
                return Ok((Vec::new(), JobAction::Import { dry_run }));
            }
            AskedAction::Tag {
                filter,
                added,
                removed,
            } => {
                let removed = self.tags_on_contacts(team_id, &removed).await?;
                let ensured = ensure_tags(&self.store, context, added).await;
                let ensured = ensured.map_err(|error| match error {
                    ExecuteError::Refused(refusal) => StartError::Tags(refusal),
                    ExecuteError::Load(_) | ExecuteError::Append(_) => {
                        StartError::Dictionary(error)
                    }
                })?;
                let added = ensured.ids.into_values().collect();
                (filter, JobAction::Tag { added, removed })
            }
            AskedAction::Consent {
                filter,
                purposes,
                opted_out,
            } => {
                let action = JobAction::Consent {
                    purposes,
                    opted_out,
                };
                (filter, action)
            }
            AskedAction::Delete {
                filter,
                expected_contacts,
            } => (filter, JobAction::Erase { expected_contacts }),
        };
        let sealed = filter::seal(&self.vault, team_id, &filter).await?;
        Ok((sealed, action))
    }

    /// What contacts may have; a name that there is not is nobody's.
    async fn tags_on_contacts(
        &self,
        team_id: Uuid,
        names: &[Tag],
    ) -> Result<Vec<Uuid>, StartError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let dictionary = self
            .store
            .load::<TagDictionary>(tag_dictionary_id(team_id))
            .await?;
        let ids = names
            .iter()
            .filter_map(|name| dictionary.state.id_on_contacts(team_id, name.as_str()));
        Ok(ids.collect())
    }
}
