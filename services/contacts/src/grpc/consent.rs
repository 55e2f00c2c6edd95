mod check;

use std::sync::Arc;

use bootstrap::{Clock, principal};
use event_bus::{ConsistencyToken, Progress};
use event_store::EventStore;
use events::{
    ContactEvent, common::Purpose, contact::ContactsConsentChanged, to_bytes, to_timestamp,
};
use proto::contacts::v1::{
    ChangeConsentRequest, ChangeConsentResponse, CheckConsentRequest, CheckConsentResponse,
    consent_service_server::ConsentService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use vault::Vault;

use super::ids::contact_ids;
use crate::{
    commands::{Command, Lots, Standing, find_contacts, standings},
    status,
};

/// Says whom a team may write to, and lets it opt contacts out.
#[derive(Debug)]
pub(crate) struct ConsentGrpc {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) progress: Progress,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl ConsentService for ConsentGrpc {
    #[tracing::instrument(skip_all)]
    async fn change_consent(
        &self,
        request: Request<ChangeConsentRequest>,
    ) -> Result<Response<ChangeConsentResponse>, Status> {
        let caller = principal(&request)?.clone();
        let request = request.into_inner();
        let request_id = status::parse_id("request_id", &request.request_id)?;
        let contact_ids = contact_ids(&request.contact_ids)?;
        let change = Change {
            purposes: purposes(&request.purposes)?,
            opted_out: request.opted_out,
        };
        let method = ("ChangeConsent", request_id);
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
            None => self.change(&command, &lots, &contact_ids, change).await?,
        };
        Ok(Response::new(ChangeConsentResponse {
            consistency_token: token.encode(),
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn check_consent(
        &self,
        request: Request<CheckConsentRequest>,
    ) -> Result<Response<CheckConsentResponse>, Status> {
        check::check(self, request).await
    }
}

struct Change {
    purposes: Vec<Purpose>,
    opted_out: bool,
}

impl ConsentGrpc {
    async fn change(
        &self,
        command: &Command,
        lots: &Lots<'_>,
        contact_ids: &[Uuid],
        change: Change,
    ) -> Result<ConsistencyToken, Status> {
        if !change.opted_out {
            let heads = lots.heads().await;
            let heads = heads.map_err(|error| bootstrap::internal(&error))?;
            let caught_up = self.progress.wait_for(&heads).await;
            caught_up.map_err(|error| status::behind(&error))?;
            let standings = standings(&self.pool, command.context.team_id, contact_ids).await;
            let standings = standings.map_err(|error| bootstrap::internal(&error))?;
            may_opt_in(&standings, &change.purposes)?;
        }
        let now = to_timestamp(self.clock.now());
        let purposes: Vec<i32> = change.purposes.iter().map(|p| (*p).into()).collect();
        let appended = lots.append(command, |account_id, contact_ids| {
            ContactEvent::ConsentsChanged(ContactsConsentChanged {
                account_id: to_bytes(account_id),
                job_id: Vec::new(),
                contact_ids,
                purposes: purposes.clone(),
                opted_out: change.opted_out,
                changed_at: Some(now),
            })
        });
        appended.await.map_err(|error| status::command(&error))
    }
}

/// What a person has decided only that person undoes. Whoever opts out between this and the append
/// stays out all the same: contacts keep the two apart.
fn may_opt_in(standings: &[Standing], purposes: &[Purpose]) -> Result<(), Status> {
    let those = |is: &dyn Fn(&Standing) -> bool| -> Vec<Uuid> {
        let those = standings.iter().filter(|standing| is(standing));
        those.map(|standing| standing.contact_id).collect()
    };
    let opted_out = those(&|standing| standing.person_opted_out(purposes));
    if !opted_out.is_empty() {
        return Err(status::person_opted_out(&opted_out));
    }
    let blocked = those(&|standing| standing.blocked_at().is_some());
    if !blocked.is_empty() {
        return Err(status::person_blocked(&blocked));
    }
    Ok(())
}

fn purposes(purposes: &[i32]) -> Result<Vec<Purpose>, Status> {
    if purposes.is_empty() {
        return Err(status::required("purposes"));
    }
    let mut parsed = Vec::new();
    for (index, purpose) in purposes.iter().enumerate() {
        let purpose = purpose_of(&format!("purposes[{index}]"), *purpose)?;
        if !parsed.contains(&purpose) {
            parsed.push(purpose);
        }
    }
    Ok(parsed)
}

fn purpose_of(field: &str, purpose: i32) -> Result<Purpose, Status> {
    match Purpose::try_from(purpose) {
        Ok(Purpose::Unspecified) => Err(status::required(field)),
        Ok(purpose) => Ok(purpose),
        Err(_) => Err(bootstrap::invalid_argument(
            field,
            "PURPOSE_UNKNOWN",
            "is no purpose that is known here",
        )),
    }
}
