use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::hmac;
use tonic::Status;
use uuid::Uuid;

use crate::{AuthConfig, identity::Signer, invalid_argument};

const TAG_BYTES: usize = 32;

/// The page size to use: 0 is `default`, more than `max` is `max`, less than 0 is refused.
pub fn page_size(requested: i32, default: u32, max: u32) -> Result<u32, Status> {
    match u32::try_from(requested) {
        Ok(0) => Ok(default),
        Ok(size) => Ok(size.min(max)),
        Err(_) => Err(invalid_argument(
            "page_size",
            "PAGE_SIZE_NEGATIVE",
            "must not be negative",
        )),
    }
}

/// Page tokens that can't be forged, nor used by another team or with other arguments.
///
/// What a token says is signed, not hidden.
#[derive(Debug, Clone)]
pub struct PageTokens {
    signer: Signer,
}

impl PageTokens {
    #[must_use]
    pub fn new(config: &AuthConfig) -> Self {
        Self {
            signer: Signer::new(config, "fanfare.page-token.v1"),
        }
    }

    /// A token for `payload`, good for requests of `team_id` whose `fingerprint` (the method, and
    /// every argument but the page's own) is the same.
    #[must_use]
    pub fn seal(&self, team_id: Uuid, fingerprint: &[u8], payload: &[u8]) -> String {
        let tag = self.tag(team_id, fingerprint, payload);
        BASE64_URL_SAFE_NO_PAD.encode([tag.as_ref(), payload].concat())
    }

    /// The payload that was sealed for the same team and arguments.
    pub fn open(&self, team_id: Uuid, fingerprint: &[u8], token: &str) -> Result<Vec<u8>, Status> {
        self.verified(team_id, fingerprint, token).ok_or_else(|| {
            invalid_argument(
                "page_token",
                "PAGE_TOKEN_INVALID",
                "was not given for this request; start again without it, or repeat the arguments that it came with",
            )
        })
    }

    fn verified(&self, team_id: Uuid, fingerprint: &[u8], token: &str) -> Option<Vec<u8>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (tag, payload) = bytes.split_at_checked(TAG_BYTES)?;
        let parts = [team_id.as_bytes(), fingerprint, payload];
        self.signer.verify(&parts, tag).then(|| payload.to_vec())
    }

    fn tag(&self, team_id: Uuid, fingerprint: &[u8], payload: &[u8]) -> hmac::Tag {
        self.signer
            .sign(&[team_id.as_bytes(), fingerprint, payload])
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use uuid::Uuid;

    use super::{PageTokens, page_size};
    use crate::AuthConfig;

    const TEAM: Uuid = Uuid::from_u128(1);

    fn tokens() -> PageTokens {
        PageTokens::new(&AuthConfig {
            secret: "a secret of at least 32 characters".into(),
        })
    }

    #[test]
    fn a_page_token_gives_back_what_was_sealed() {
        let token = tokens().seal(TEAM, b"ListContacts?tag=vip", b"after:42");
        let payload = tokens().open(TEAM, b"ListContacts?tag=vip", &token);
        assert_eq!(payload.unwrap(), b"after:42");
    }

    #[test]
    fn a_page_token_is_no_use_elsewhere() {
        let token = tokens().seal(TEAM, b"ListContacts?tag=vip", b"after:42");
        let other_team = tokens().open(Uuid::from_u128(2), b"ListContacts?tag=vip", &token);
        assert_eq!(other_team.unwrap_err().code(), Code::InvalidArgument);
        let other_arguments = tokens().open(TEAM, b"ListContacts?tag=all", &token);
        assert_eq!(other_arguments.unwrap_err().code(), Code::InvalidArgument);
    }

    #[test]
    fn bytes_do_not_slip_from_the_arguments_into_the_payload() {
        let token = tokens().seal(TEAM, b"ab", b"c");
        let mut bytes = BASE64.decode(&token).unwrap();
        bytes.insert(32, b'b');
        assert!(tokens().open(TEAM, b"a", &BASE64.encode(bytes)).is_err());
    }

    #[test]
    fn a_forged_page_token_is_refused() {
        for token in ["", "x", "AAAA", "not base64!"] {
            assert!(tokens().open(TEAM, b"", token).is_err(), "{token:?}");
        }
    }

    #[test]
    fn page_sizes_follow_the_convention() {
        assert_eq!(page_size(0, 50, 1000).unwrap(), 50);
        assert_eq!(page_size(7, 50, 1000).unwrap(), 7);
        assert_eq!(page_size(5000, 50, 1000).unwrap(), 1000);
        let refused = page_size(-1, 50, 1000).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }

    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
}
