use bootstrap::PageTokens;
use prost::Message as _;
use proto::segmentation::v1::ListContactsRequest;
use tonic::Status;
use uuid::Uuid;

use crate::queries::Start;

/// Far beyond any page that somebody looks at.
const SKIP_MAX: u32 = 10_000_000;

/// Where a list goes on, sealed so that it can't be forged or used for another list.
pub(crate) fn seal(
    tokens: &PageTokens,
    team_id: Uuid,
    request: &ListContactsRequest,
    last: u32,
) -> String {
    tokens.seal(team_id, &fingerprint(request), &last.to_be_bytes())
}

/// After the last contact of the page before; `skip` is of the first page.
pub(crate) fn start(
    tokens: &PageTokens,
    team_id: Uuid,
    request: &ListContactsRequest,
) -> Result<Start, Status> {
    let skip = u32::try_from(request.skip).ok();
    let Some(skip) = skip.filter(|skip| *skip <= SKIP_MAX) else {
        let message = format!("is not 0 to {SKIP_MAX}");
        return Err(bootstrap::invalid_argument("skip", "SKIP_INVALID", message));
    };
    if request.page_token.is_empty() {
        return Ok(Start::Skip(skip));
    }
    let opened = tokens.open(team_id, &fingerprint(request), &request.page_token)?;
    let wrong =
        || bootstrap::invalid_argument("page_token", "PAGE_TOKEN_INVALID", "is not one of ours");
    let last = opened.try_into().map_err(|_| wrong())?;
    Ok(Start::After(u32::from_be_bytes(last)))
}

/// The list that a token is for: its account and its filter.
fn fingerprint(request: &ListContactsRequest) -> Vec<u8> {
    let list = ListContactsRequest {
        account_id: request.account_id.clone(),
        filter: request.filter.clone(),
        filter_text: request.filter_text.clone(),
        segment_id: request.segment_id.clone(),
        skip: request.skip,
        ..ListContactsRequest::default()
    };
    [b"segmentation.list".as_slice(), &list.encode_to_vec()].concat()
}
