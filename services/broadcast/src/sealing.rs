//! What an audience's filter is sealed with. Somebody who picks people out by name has written the name in it.

use broadcast_domain::Audience;
use events::segment::Filter;
use prost::Message as _;
use uuid::Uuid;
use vault::{Vault, VaultError};

/// What was sealed cannot be had back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot open a broadcast's filter")]
    Vault(#[from] VaultError),
    #[error("cannot decode a broadcast's filter")]
    Decode(#[from] prost::DecodeError),
}

pub(crate) async fn seal(
    vault: &Vault,
    team_id: Uuid,
    broadcast_id: Uuid,
    filter: &Filter,
) -> Result<Audience, VaultError> {
    let plain = filter.encode_to_vec();
    let lookup = vault.lookup_key(team_id).await?;
    let purpose = purpose(broadcast_id);
    Ok(Audience::Sealed {
        filter: vault.seal_for_team(team_id, &purpose, &plain).await?,
        digest: lookup.digest(&plain).to_vec(),
    })
}

pub(crate) async fn open(
    vault: &Vault,
    team_id: Uuid,
    broadcast_id: Uuid,
    audience: &Audience,
) -> Result<Filter, OpenError> {
    match audience {
        Audience::Sealed { filter, .. } => {
            let purpose = purpose(broadcast_id);
            let plain = vault.open_for_team(team_id, &purpose, filter).await?;
            Ok(Filter::decode(plain.as_slice())?)
        }
        Audience::Clear(filter) => Ok(filter.clone()),
    }
}

/// Bound to the broadcast, so that no row's filter can stand in another.
fn purpose(broadcast_id: Uuid) -> String {
    format!("audience of broadcast {broadcast_id}")
}
