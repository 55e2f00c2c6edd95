//! What a saved filter is sealed with. Somebody who searches for a name or a number has saved it.

use prost::Message as _;
use proto::segmentation::v1::Filter as Proto;
use segmentation_domain::{Filter, FilterError, ResolvedFilter};
use uuid::Uuid;
use vault::{Vault, VaultError};

const PURPOSE: &str = "segment filter";

/// Of a filter by ids, so that a page of segments is a message.
const FILTER_BYTES_MAX: usize = 16 * 1024;

/// A filter as events and rows have it.
#[derive(Debug)]
pub(super) struct SealedFilter {
    pub(super) sealed: Vec<u8>,
    /// The same for the same filter.
    pub(super) digest: Vec<u8>,
}

/// What was sealed is not what was saved.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("cannot open a segment's filter")]
    Vault(#[from] VaultError),
    #[error("cannot decode a segment's filter")]
    Decode(#[from] prost::DecodeError),
    #[error("a segment's filter makes no sense")]
    Filter(#[from] FilterError),
}

/// `None`: the filter is too large.
pub(super) async fn seal(
    vault: &Vault,
    team_id: Uuid,
    filter: ResolvedFilter,
) -> Result<Option<SealedFilter>, VaultError> {
    let plain = filter.canonical().to_proto().encode_to_vec();
    if plain.len() > FILTER_BYTES_MAX {
        return Ok(None);
    }
    let lookup = vault.lookup_key(team_id).await?;
    Ok(Some(SealedFilter {
        sealed: vault.seal_for_team(team_id, PURPOSE, &plain).await?,
        digest: lookup.digest(&plain).to_vec(),
    }))
}

pub(super) async fn open(vault: &Vault, team_id: Uuid, sealed: &[u8]) -> Result<Filter, OpenError> {
    let plain = vault.open_for_team(team_id, PURPOSE, sealed).await?;
    let filter = Proto::decode(plain.as_slice())?;
    Ok(Filter::from_proto(Some(&filter))?)
}
