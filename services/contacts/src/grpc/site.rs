use bootstrap::{Principal, principal};
use event_bus::ConsistencyToken;
use event_store::Expected;
use events::{
    ContactEvent,
    contact::{ContactSiteBound, ContactSiteUnbound},
    to_bytes, to_timestamp,
};
use proto::contacts::v1::{
    BindSiteRequest, BindSiteResponse, UnbindSiteRequest, UnbindSiteResponse,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::ContactsGrpc;
use crate::{
    commands::{Command, KnownContact, append_to_contact, find_contact},
    status,
};

pub(super) async fn bind(
    grpc: &ContactsGrpc,
    request: Request<BindSiteRequest>,
) -> Result<Response<BindSiteResponse>, Status> {
    let caller = principal(&request)?.clone();
    let request = request.into_inner();
    let visitor_id = status::parse_id("visitor_id", &request.visitor_id)?;
    let contact = find(grpc, &caller, &request.contact_id).await?;
    let event = ContactEvent::SiteBound(ContactSiteBound {
        contact_id: to_bytes(contact.contact_id),
        account_id: to_bytes(contact.account_id),
        visitor_id: to_bytes(visitor_id),
        bound_at: Some(to_timestamp(grpc.eraser.clock.now())),
    });
    Ok(Response::new(BindSiteResponse {
        consistency_token: append(grpc, &caller, contact, &event).await?,
    }))
}

pub(super) async fn unbind(
    grpc: &ContactsGrpc,
    request: Request<UnbindSiteRequest>,
) -> Result<Response<UnbindSiteResponse>, Status> {
    let caller = principal(&request)?.clone();
    let contact = find(grpc, &caller, &request.get_ref().contact_id).await?;
    let event = ContactEvent::SiteUnbound(ContactSiteUnbound {
        contact_id: to_bytes(contact.contact_id),
        account_id: to_bytes(contact.account_id),
        unbound_at: Some(to_timestamp(grpc.eraser.clock.now())),
    });
    Ok(Response::new(UnbindSiteResponse {
        consistency_token: append(grpc, &caller, contact, &event).await?,
    }))
}

async fn find(
    grpc: &ContactsGrpc,
    caller: &Principal,
    contact_id: &str,
) -> Result<KnownContact, Status> {
    let contact_id = status::parse_id("contact_id", contact_id)?;
    find_contact(&grpc.pool, caller.team_id, contact_id)
        .await
        .map_err(|error| bootstrap::internal(&error))?
        .ok_or_else(status::no_contact)
}

/// A fact that is told twice holds as it did after the first time.
async fn append(
    grpc: &ContactsGrpc,
    caller: &Principal,
    contact: KnownContact,
    event: &ContactEvent,
) -> Result<String, Status> {
    let store = &grpc.eraser.store;
    let command = Command::once(caller);
    let appended = append_to_contact(
        store,
        &command,
        contact.contact_id,
        Expected::Any,
        Uuid::now_v7(),
        event,
    );
    let appended = appended.await.map_err(|error| status::command(&error))?;
    Ok(ConsistencyToken::of(&store.meta().name, appended.at).encode())
}
