use std::{collections::BTreeSet, sync::Arc};

use bootstrap::{Clock, principal};
use contacts_domain::{NewTag, Tag, TagCommand, TagDictionary, tag_dictionary_id};
use event_bus::ConsistencyToken;
use event_store::{CommandContext, EventStore, ExecuteError};
use events::{ContactEvent, contact::ContactsTagged, join_ids, to_bytes, to_timestamp};
use proto::contacts::v1::{
    CreateTagRequest, CreateTagResponse, DeleteTagRequest, DeleteTagResponse, RenameTagRequest,
    RenameTagResponse, Tag as TagMessage, TagContactsRequest, TagContactsResponse,
    tags_service_server::TagsService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use vault::Vault;

use super::ids::contact_ids;
use crate::{
    commands::{Command, Lots, context_of_once, ensure_tags, find_contacts, known_tags},
    status,
};

/// Names in one command, of tags to add or to remove.
const NAMES_MAX: usize = 50;

/// Keeps a team's dictionary of tags, and puts them on contacts.
#[derive(Debug)]
pub(crate) struct TagsGrpc {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl TagsService for TagsGrpc {
    #[tracing::instrument(skip_all)]
    async fn create_tag(
        &self,
        request: Request<CreateTagRequest>,
    ) -> Result<Response<CreateTagResponse>, Status> {
        let command = context_of_once(principal(&request)?);
        let team_id = command.team_id;
        let name = parse_name("name", &request.get_ref().name)?;
        let known = known_tags(&self.pool, team_id, None, Some(name.as_str()))
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let tag = NewTag {
            name: name.clone(),
            fresh_id: Uuid::now_v7(),
        };
        let create = TagCommand::Create {
            team_id,
            tag,
            known,
        };
        let consistency_token = self.execute(&command, create).await?;
        let dictionary = self
            .store
            .load::<TagDictionary>(tag_dictionary_id(team_id))
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let tag_id = dictionary.state.id_of(name.as_str());
        Ok(Response::new(CreateTagResponse {
            // Gone again already: then there is nothing to show.
            tag: tag_id.map(|tag_id| shown(tag_id, name)),
            consistency_token,
        }))
    }

    #[tracing::instrument(skip_all, fields(tag.id = request.get_ref().tag_id))]
    async fn rename_tag(
        &self,
        request: Request<RenameTagRequest>,
    ) -> Result<Response<RenameTagResponse>, Status> {
        let command = context_of_once(principal(&request)?);
        let request = request.into_inner();
        let tag_id = status::parse_id("tag_id", &request.tag_id)?;
        let name = parse_name("name", &request.name)?;
        let known = known_tags(
            &self.pool,
            command.team_id,
            Some(tag_id),
            Some(name.as_str()),
        );
        let known = known.await.map_err(|error| bootstrap::internal(&error))?;
        let rename = TagCommand::Rename {
            tag_id,
            name: name.clone(),
            known,
        };
        let consistency_token = self.execute(&command, rename).await?;
        Ok(Response::new(RenameTagResponse {
            tag: Some(shown(tag_id, name)),
            consistency_token,
        }))
    }

    #[tracing::instrument(skip_all, fields(tag.id = request.get_ref().tag_id))]
    async fn delete_tag(
        &self,
        request: Request<DeleteTagRequest>,
    ) -> Result<Response<DeleteTagResponse>, Status> {
        let command = context_of_once(principal(&request)?);
        let tag_id = status::parse_id("tag_id", &request.get_ref().tag_id)?;
        let known = known_tags(&self.pool, command.team_id, Some(tag_id), None)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let delete = TagCommand::Delete { tag_id, known };
        let consistency_token = self.execute(&command, delete).await?;
        Ok(Response::new(DeleteTagResponse { consistency_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn tag_contacts(
        &self,
        request: Request<TagContactsRequest>,
    ) -> Result<Response<TagContactsResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let request_id = status::parse_id("request_id", &request.request_id)?;
        let contact_ids = contact_ids(&request.contact_ids)?;
        let change = TagChange::parse(&request)?;
        let method = ("TagContacts", request_id);
        let command = Command::new(&self.vault, &caller, method, &request)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let contacts = find_contacts(&self.pool, caller.team_id, &contact_ids)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .map_err(status::no_such_contact)?;
        let lots =
            Lots::new(&self.store, contacts).map_err(|error| bootstrap::internal(&*error))?;
        let before = lots.before(&command).await;
        let token = match before.map_err(|error| status::command(&error))? {
            Some(token) => token,
            None => self.tag(&command, &lots, change).await?,
        };
        Ok(Response::new(TagContactsResponse {
            consistency_token: token.encode(),
        }))
    }
}

impl TagsGrpc {
    async fn execute(
        &self,
        command: &CommandContext,
        change: TagCommand,
    ) -> Result<String, Status> {
        let dictionary_id = tag_dictionary_id(command.team_id);
        let executing = self
            .store
            .execute::<TagDictionary>(command, dictionary_id, change);
        let executed = executing.await.map_err(|error| status::tags(&error))?;
        let token = executed.at.map_or_else(ConsistencyToken::default, |at| {
            ConsistencyToken::of(&self.store.meta().name, at)
        });
        Ok(token.encode())
    }

    async fn tag(
        &self,
        command: &Command,
        lots: &Lots<'_>,
        change: TagChange,
    ) -> Result<ConsistencyToken, Status> {
        let removed = self
            .ids_on_contacts(command.context.team_id, &change.remove)
            .await?;
        let added = ensure_tags(&self.store, &command.context, change.add)
            .await
            .map_err(|error| status::tags(&error))?;
        let now = to_timestamp(self.clock.now());
        let appended = lots.append(command, |account_id, contact_ids| {
            ContactEvent::Tagged(ContactsTagged {
                account_id: to_bytes(account_id),
                job_id: Vec::new(),
                contact_ids,
                added_tag_ids: join_ids(added.ids.values().copied()),
                removed_tag_ids: join_ids(removed.iter().copied()),
                changed_at: Some(now),
            })
        });
        let token = appended.await.map_err(|error| status::command(&error))?;
        Ok(token.merge(added.token))
    }

    /// The ids of tags that contacts may have; a name that there is not is nobody's.
    async fn ids_on_contacts(&self, team_id: Uuid, names: &[Tag]) -> Result<Vec<Uuid>, Status> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let dictionary_id = tag_dictionary_id(team_id);
        let dictionary = self.store.load::<TagDictionary>(dictionary_id).await;
        let dictionary = dictionary
            .map_err(|error| status::tags(&ExecuteError::Load(error)))?
            .state;
        let ids = names
            .iter()
            .filter_map(|name| dictionary.id_on_contacts(team_id, name.as_str()));
        Ok(ids.collect())
    }
}

/// What is to be put on, and what is to be taken off.
struct TagChange {
    add: BTreeSet<Tag>,
    remove: Vec<Tag>,
}

impl TagChange {
    fn parse(request: &TagContactsRequest) -> Result<Self, Status> {
        let add = parse_names("add_tags", &request.add_tags)?;
        let remove = parse_names("remove_tags", &request.remove_tags)?;
        if add.is_empty() && remove.is_empty() {
            return Err(status::required("add_tags"));
        }
        let add: BTreeSet<Tag> = add.into_iter().collect();
        if let Some(index) = remove.iter().position(|tag| add.contains(tag)) {
            return Err(bootstrap::invalid_argument(
                &format!("remove_tags[{index}]"),
                "TAG_ADDED_AND_REMOVED",
                "the tag is in add_tags too",
            ));
        }
        Ok(Self { add, remove })
    }
}

fn parse_names(field: &str, names: &[String]) -> Result<Vec<Tag>, Status> {
    if names.len() > NAMES_MAX {
        return Err(bootstrap::invalid_argument(
            field,
            "TOO_MANY_TAGS",
            format!("give at most {NAMES_MAX} tags"),
        ));
    }
    names
        .iter()
        .enumerate()
        .map(|(index, name)| parse_name(&format!("{field}[{index}]"), name))
        .collect()
}

fn parse_name(field: &str, name: &str) -> Result<Tag, Status> {
    Tag::parse(name)
        .map_err(|error| bootstrap::invalid_argument(field, "TAG_INVALID", error.to_string()))
}

fn shown(tag_id: Uuid, name: Tag) -> TagMessage {
    TagMessage {
        tag_id: tag_id.to_string(),
        name: name.into_string(),
    }
}
