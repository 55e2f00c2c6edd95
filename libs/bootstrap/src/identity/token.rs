use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::{AuthConfig, Principal, signer::Signer};

const TEAM_BYTES: usize = 16;
const TOKEN_BYTES_MAX: usize = 1024;

/// A bearer token for `subject` in `team_id`. It is good for as long as the secret is.
#[must_use]
pub fn issue_token(config: &AuthConfig, team_id: Uuid, subject: &str) -> String {
    sign(&signer(config), team_id, subject)
}

pub(super) fn signer(config: &AuthConfig) -> Signer {
    Signer::new(config, "fanfare.identity.v1")
}

pub(super) fn sign(signer: &Signer, team_id: Uuid, subject: &str) -> String {
    let claims = [team_id.as_bytes(), subject.as_bytes()].concat();
    let tag = signer.sign(&[&claims]);
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    format!("{}.{}", encode(&claims), encode(tag.as_ref()))
}

/// Who the token was issued for, or nothing if it was not issued with this secret.
pub(super) fn verify(signer: &Signer, token: &str) -> Option<Principal> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let (claims, tag) = token.split_once('.')?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
    let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
    if !signer.verify(&[&claims], &tag) {
        return None;
    }
    let (team_id, subject) = claims.split_at_checked(TEAM_BYTES)?;
    Some(Principal {
        team_id: Uuid::from_slice(team_id).ok()?,
        subject: str::from_utf8(subject).ok()?.to_owned(),
    })
}
