use bootstrap::PageTokens;
use prost::Message as _;
use proto::segmentation::v1::ListContactsRequest;
use tonic::Status;
use uuid::Uuid;

/// Where a list goes on, sealed so that it can't be forged or used for another list.
pub(crate) fn seal(
    tokens: &PageTokens,
    team_id: Uuid,
    request: &ListContactsRequest,
    last: &str,
) -> String {
    tokens.seal(team_id, &fingerprint(request), last.as_bytes())
}

/// The last contact of the page before; `None` for the first page.
pub(crate) fn open(
    tokens: &PageTokens,
    team_id: Uuid,
    request: &ListContactsRequest,
) -> Result<Option<Uuid>, Status> {
    if request.page_token.is_empty() {
        return Ok(None);
    }
    let opened = tokens.open(team_id, &fingerprint(request), &request.page_token)?;
    let last = std::str::from_utf8(&opened)
        .ok()
        .and_then(|id| id.parse().ok());
    let wrong =
        || bootstrap::invalid_argument("page_token", "PAGE_TOKEN_INVALID", "is not one of ours");
    last.map(Some).ok_or_else(wrong)
}

/// The list that a token is for: its account and its filter.
fn fingerprint(request: &ListContactsRequest) -> Vec<u8> {
    let list = ListContactsRequest {
        account_id: request.account_id.clone(),
        filter: request.filter.clone(),
        ..ListContactsRequest::default()
    };
    [b"segmentation.list".as_slice(), &list.encode_to_vec()].concat()
}
