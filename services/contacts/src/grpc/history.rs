use bootstrap::{page_size, principal};
use proto::contacts::v1::{ShowHistoryRequest, ShowHistoryResponse};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::ContactsGrpc;
use crate::{
    history::{self, Before, Contact},
    status,
};

const PAGE_SIZE_DEFAULT: u32 = 100;
const PAGE_SIZE_MAX: u32 = 1000;

pub(super) async fn show(
    grpc: &ContactsGrpc,
    request: Request<ShowHistoryRequest>,
) -> Result<Response<ShowHistoryResponse>, Status> {
    let team_id = principal(&request)?.team_id;
    let request = request.into_inner();
    let contact_id = status::parse_id("contact_id", &request.contact_id)?;
    let page_size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
    let fingerprint = fingerprint(contact_id);
    let before = if request.page_token.is_empty() {
        Before::default()
    } else {
        let tokens = &grpc.page_tokens;
        decode(&tokens.open(team_id, &fingerprint, &request.page_token)?)
    };
    status::caught_up(&grpc.progress, &request.consistency_token).await?;

    let contact = Contact::find(&grpc.pool, team_id, contact_id)
        .await
        .map_err(|error| bootstrap::internal(&error))?
        .ok_or_else(status::no_contact)?;
    let page = history::page(&grpc.eraser.store, &contact, before, page_size)
        .await
        .map_err(|error| bootstrap::internal(&*error))?;
    let next_page_token = page.next.map_or_else(String::new, |next| {
        grpc.page_tokens.seal(team_id, &fingerprint, &encode(next))
    });
    Ok(Response::new(ShowHistoryResponse {
        entries: page.entries,
        next_page_token,
    }))
}

fn fingerprint(contact_id: Uuid) -> Vec<u8> {
    [b"ShowHistory/".as_slice(), contact_id.as_bytes()].concat()
}

fn encode(before: Before) -> Vec<u8> {
    [before.position.to_be_bytes(), before.version.to_be_bytes()].concat()
}

/// What [`encode`] made: a token can't be forged.
fn decode(payload: &[u8]) -> Before {
    let (position, version) = payload.split_at_checked(8).unwrap_or_default();
    let number = |bytes: &[u8]| bytes.try_into().map_or(i64::MAX, i64::from_be_bytes);
    Before {
        position: number(position),
        version: number(version),
    }
}
