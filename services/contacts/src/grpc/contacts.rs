use bootstrap::{PageTokens, page_size, principal};
use event_bus::Progress;
use proto::contacts::v1::{
    BindSiteRequest, BindSiteResponse, DeleteContactsRequest, DeleteContactsResponse,
    GetContactRequest, GetContactResponse, ImportContactsRequest, ListContactsRequest,
    ListContactsResponse, ShowHistoryRequest, ShowHistoryResponse, UnbindSiteRequest,
    UnbindSiteResponse, UpdateContactRequest, UpdateContactResponse,
    contacts_service_server::ContactsService, import_contacts_request::Part,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;
use vault::Vault;

use super::{deletion, history, import_request, site, update};
use crate::{
    erasure::Eraser,
    import::{Imports, ReportStream},
    queries::{self, ContactCursor},
    status,
};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1000;

/// Imports, shows and deletes a team's contacts.
#[derive(Debug)]
pub(crate) struct ContactsGrpc {
    pub(crate) pool: PgPool,
    pub(crate) vault: Vault,
    pub(crate) imports: Imports,
    pub(crate) eraser: Eraser,
    pub(crate) progress: Progress,
    pub(crate) page_tokens: PageTokens,
}

#[tonic::async_trait]
impl ContactsService for ContactsGrpc {
    type ImportContactsStream = ReportStream;

    #[tracing::instrument(skip_all)]
    async fn import_contacts(
        &self,
        request: Request<Streaming<ImportContactsRequest>>,
    ) -> Result<Response<ReportStream>, Status> {
        let caller = principal(&request)?.clone();
        let mut parts = request.into_inner();
        let Some(Part::Start(start)) = parts.message().await?.and_then(|request| request.part)
        else {
            return Err(status::required("start"));
        };
        let import = import_request::read(&caller, &start)?;
        let reports = self.imports.start(import, parts).await?;
        Ok(Response::new(reports))
    }

    #[tracing::instrument(skip_all)]
    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let account_id = status::parse_id("account_id", &request.account_id)?;
        let page_size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
        let cursor = self.cursor(team_id, account_id, &request.page_token)?;
        status::caught_up(&self.progress, &request.consistency_token).await?;

        let page = queries::list_contacts(
            &self.pool,
            &self.vault,
            team_id,
            account_id,
            cursor,
            page_size,
        )
        .await
        .map_err(|error| bootstrap::internal(&*error))?;
        if page.total == 0 && !self.exists(team_id, account_id).await? {
            return Err(status::no_account());
        }
        let next_page_token = page.next.map_or_else(String::new, |next| {
            self.page_tokens
                .seal(team_id, &fingerprint(account_id), &encode(next))
        });
        Ok(Response::new(ListContactsResponse {
            contacts: page.contacts,
            next_page_token,
            total: page.total,
        }))
    }

    #[tracing::instrument(skip_all, fields(contact.id = request.get_ref().contact_id))]
    async fn get_contact(
        &self,
        request: Request<GetContactRequest>,
    ) -> Result<Response<GetContactResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let contact_id = status::parse_id("contact_id", &request.contact_id)?;
        status::caught_up(&self.progress, &request.consistency_token).await?;
        let contact = queries::find_contact(&self.pool, &self.vault, team_id, contact_id)
            .await
            .map_err(|error| bootstrap::internal(&*error))?
            .ok_or_else(status::no_contact)?;
        Ok(Response::new(GetContactResponse {
            contact: Some(contact),
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn update_contact(
        &self,
        request: Request<UpdateContactRequest>,
    ) -> Result<Response<UpdateContactResponse>, Status> {
        update::update(self, request).await
    }

    #[tracing::instrument(skip_all, fields(contact.id = request.get_ref().contact_id))]
    async fn bind_site(
        &self,
        request: Request<BindSiteRequest>,
    ) -> Result<Response<BindSiteResponse>, Status> {
        site::bind(self, request).await
    }

    #[tracing::instrument(skip_all, fields(contact.id = request.get_ref().contact_id))]
    async fn unbind_site(
        &self,
        request: Request<UnbindSiteRequest>,
    ) -> Result<Response<UnbindSiteResponse>, Status> {
        site::unbind(self, request).await
    }

    #[tracing::instrument(skip_all)]
    async fn delete_contacts(
        &self,
        request: Request<DeleteContactsRequest>,
    ) -> Result<Response<DeleteContactsResponse>, Status> {
        deletion::delete(self, request).await
    }

    #[tracing::instrument(skip_all, fields(contact.id = request.get_ref().contact_id))]
    async fn show_history(
        &self,
        request: Request<ShowHistoryRequest>,
    ) -> Result<Response<ShowHistoryResponse>, Status> {
        history::show(self, request).await
    }
}

impl ContactsGrpc {
    /// Where the page begins.
    fn cursor(
        &self,
        team_id: Uuid,
        account_id: Uuid,
        page_token: &str,
    ) -> Result<ContactCursor, Status> {
        if page_token.is_empty() {
            return Ok(ContactCursor::default());
        }
        let fingerprint = fingerprint(account_id);
        let payload = self.page_tokens.open(team_id, &fingerprint, page_token)?;
        Ok(decode(&payload))
    }

    async fn exists(&self, team_id: Uuid, account_id: Uuid) -> Result<bool, Status> {
        let channel = queries::find_channel(&self.pool, team_id, account_id)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(channel.is_some())
    }
}

/// What a page token is good for.
fn fingerprint(account_id: Uuid) -> Vec<u8> {
    [b"ListContacts/".as_slice(), account_id.as_bytes()].concat()
}

/// A page token's payload: the contact's id, then the total.
fn encode(cursor: ContactCursor) -> Vec<u8> {
    let total = cursor.total.unwrap_or_default();
    [cursor.after.as_bytes().as_slice(), &total.to_be_bytes()].concat()
}

/// What [`encode`] made: a token can't be forged.
fn decode(payload: &[u8]) -> ContactCursor {
    let (after, total) = payload.split_at_checked(16).unwrap_or_default();
    ContactCursor {
        after: events::id(after),
        total: total.try_into().ok().map(i64::from_be_bytes),
    }
}
