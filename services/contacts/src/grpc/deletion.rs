use bootstrap::principal;
use proto::contacts::v1::{DeleteContactsRequest, DeleteContactsResponse};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{ContactsGrpc, ids::contact_ids};
use crate::{erasure::Deletion, metadata};

/// What whoever wants it has to type.
const CONFIRMATION: &str = "DELETE";

pub(super) async fn delete(
    grpc: &ContactsGrpc,
    request: Request<DeleteContactsRequest>,
) -> Result<Response<DeleteContactsResponse>, Status> {
    let caller = principal(&request)?.clone();
    let request = request.into_inner();
    if request.confirmation != CONFIRMATION {
        return Err(bootstrap::invalid_argument(
            "confirmation",
            "NOT_CONFIRMED",
            "deleting can't be undone; type the word DELETE",
        ));
    }
    let contact_ids = contact_ids(&request.contact_ids)?;
    let deletion = Deletion {
        team_id: caller.team_id,
        job_id: None,
        metadata: metadata::of_command(&caller.subject, Uuid::now_v7()),
    };
    let deleted = grpc
        .eraser
        .delete(&deletion, &contact_ids)
        .await
        .map_err(|error| bootstrap::internal(&*error))?;
    Ok(Response::new(DeleteContactsResponse {
        deleted: i32::try_from(deleted.contacts).unwrap_or(i32::MAX),
        consistency_token: deleted.token.encode(),
    }))
}
