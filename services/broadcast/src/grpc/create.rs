use bootstrap::Principal;
use broadcast_domain::{BroadcastCommand, Draft};
use events::{common::Channel, segment::Filter};
use proto::broadcast::v1::{CreateBroadcastRequest, CreateBroadcastResponse};
use tonic::Status;
use uuid::Uuid;

use super::BroadcastGrpc;
use crate::{
    content,
    queries::{Account, find_account},
    sealing, status,
};

const NAME_CHARS_MAX: usize = 100;

impl BroadcastGrpc {
    /// Drafts a broadcast. Its id follows from the request's, so that a repeat is the same one.
    pub(super) async fn create(
        &self,
        caller: &Principal,
        request: CreateBroadcastRequest,
    ) -> Result<CreateBroadcastResponse, Status> {
        let request_id = status::parse_id("request_id", &request.request_id)?;
        let account_id = status::parse_id("account_id", &request.account_id)?;
        let name = request.name.trim();
        let length = name.chars().count();
        if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return Err(bootstrap::invalid_argument(
                "name",
                "NAME_INVALID",
                "give 1 to 100 characters, none of them a control character",
            ));
        }
        let account = find_account(&self.pool, caller.team_id, account_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_account)?;
        let channel = Channel::try_from(account.channel).unwrap_or_default();
        match channel {
            Channel::Line | Channel::Messenger | Channel::Whatsapp | Channel::Email => {}
            Channel::Unspecified => return Err(status::other_channel()),
        }
        let broadcast_id = Uuid::new_v5(&caller.team_id, request_id.as_bytes());
        let personal_links = request.personal_links;
        let composed = content::parse(
            channel,
            broadcast_id,
            &request.messages,
            &self.links,
            personal_links,
        )
        .map_err(|error| status::wrong_content(&error))?;
        let filter = request.audience.unwrap_or_default();
        self.check_filter(caller.team_id, account_id, &filter)
            .await?;
        let vault = &self.previews.vault;
        let audience = sealing::seal(vault, caller.team_id, broadcast_id, &filter)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let draft = Draft {
            broadcast_id,
            account_id,
            channel,
            name: name.to_owned(),
            audience,
            messages: composed.messages,
            links: composed.links,
            personal_links,
        };
        self.check_with_channel(caller.team_id, request_id, &account, &draft)
            .await?;
        let command = BroadcastCommand::Draft {
            draft,
            at: self.clock.now(),
        };
        let token = self
            .execute(caller, broadcast_id, Some(request_id), command)
            .await?;
        let broadcast = self.show(caller.team_id, broadcast_id, &token).await?;
        Ok(CreateBroadcastResponse {
            broadcast: Some(broadcast),
            consistency_token: token.encode(),
        })
    }

    /// The channel knows limits that we don't. What is saved already is not asked about again: a repeat is
    /// answered as before.
    async fn check_with_channel(
        &self,
        team_id: Uuid,
        request_id: Uuid,
        account: &Account,
        draft: &Draft,
    ) -> Result<(), Status> {
        let receipt = self
            .store
            .find_receipt(draft.broadcast_id, request_id)
            .await;
        if receipt
            .map_err(|error| bootstrap::internal(&error))?
            .is_some()
        {
            return Ok(());
        }
        let rendered =
            content::of_draft(draft, &self.links).map_err(|error| status::wrong_content(&error))?;
        let asking = &self.previews.asking;
        let refused = asking
            .refuses(team_id, account, &rendered)
            .await
            .map_err(|error| bootstrap::internal(&*error))?;
        match refused {
            Some(refused) => Err(status::refused_by_channel(&refused)),
            None => Ok(()),
        }
    }

    /// Segmentation knows which filters make sense; one that does not is refused here and now.
    async fn check_filter(
        &self,
        team_id: Uuid,
        account_id: Uuid,
        filter: &Filter,
    ) -> Result<(), Status> {
        let token = event_bus::ConsistencyToken::default();
        let audiences = &self.previews.audiences;
        let resolved = audiences.resolve(team_id, account_id, filter, &token).await;
        match resolved {
            Err(refused) if refused.code() == tonic::Code::InvalidArgument => Err(refused),
            // What else there is to say about it, the preview says.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
