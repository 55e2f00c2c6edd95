//! What a job's filter is sealed with: somebody who looks for a name or a number has written it.

use anyhow::Context as _;
use events::segment::Filter;
use prost::Message as _;
use uuid::Uuid;
use vault::{Vault, VaultError};

const PURPOSE: &str = "job filter";

pub(super) async fn seal(
    vault: &Vault,
    team_id: Uuid,
    filter: &Filter,
) -> Result<Vec<u8>, VaultError> {
    vault
        .seal_for_team(team_id, PURPOSE, &filter.encode_to_vec())
        .await
}

pub(super) async fn open(vault: &Vault, team_id: Uuid, sealed: &[u8]) -> anyhow::Result<Filter> {
    let plain = vault
        .open_for_team(team_id, PURPOSE, sealed)
        .await
        .context("cannot open a job's filter")?;
    Filter::decode(plain.as_slice()).context("cannot decode a job's filter")
}
