use tonic::{Request, Status, metadata::MetadataMap, service::Interceptor};

use super::{AuthConfig, Principal, signer::Signer, token};
use crate::unauthenticated;

pub(super) const HOW_TO: &str = "send `authorization: Bearer <token>`; `fanfare token` issues one";

/// Knows callers by their bearer tokens. As an interceptor it lets nobody else through, and leaves
/// the [`Principal`] in the request.
#[derive(Debug, Clone)]
pub struct Authenticator {
    signer: Signer,
}

impl Authenticator {
    #[must_use]
    pub fn new(config: &AuthConfig) -> Self {
        Self {
            signer: token::signer(config),
        }
    }

    pub fn authenticate(&self, metadata: &MetadataMap) -> Result<Principal, Status> {
        let Some(header) = metadata.get("authorization") else {
            return Err(unauthenticated("CREDENTIALS_MISSING", HOW_TO));
        };
        let token = header.to_str().ok().and_then(bearer);
        token
            .and_then(|token| token::verify(&self.signer, token))
            .ok_or_else(|| {
                unauthenticated(
                    "CREDENTIALS_INVALID",
                    format!("the token was not issued by this installation; {HOW_TO}"),
                )
            })
    }
}

/// The scheme is case-insensitive (RFC 9110).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

impl Interceptor for Authenticator {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let principal = self.authenticate(request.metadata())?;
        request.extensions_mut().insert(principal);
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Request, service::Interceptor as _};
    use uuid::Uuid;

    use super::Authenticator;
    use crate::{AuthConfig, issue_token, principal, reason};

    const TEAM: Uuid = Uuid::from_u128(7);

    fn config(secret: &str) -> AuthConfig {
        AuthConfig {
            secret: secret.into(),
        }
    }

    fn call(header: &str) -> Result<Request<()>, tonic::Status> {
        let mut request = Request::new(());
        let metadata = request.metadata_mut();
        metadata.insert("authorization", header.parse().unwrap());
        Authenticator::new(&config("one")).call(request)
    }

    #[test]
    fn a_token_says_who_calls_and_for_which_team() {
        let token = issue_token(&config("one"), TEAM, "mia@console");
        let request = call(&format!("Bearer {token}")).unwrap();
        let caller = principal(&request).unwrap();
        assert_eq!(
            (caller.team_id, caller.subject.as_str()),
            (TEAM, "mia@console")
        );
        assert!(!caller.is_service());
    }

    #[test]
    fn a_token_of_another_secret_is_refused() {
        let token = issue_token(&config("two"), TEAM, "mia");
        let status = call(&format!("Bearer {token}")).unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert_eq!(reason(&status).as_deref(), Some("CREDENTIALS_INVALID"));
    }

    #[test]
    fn no_character_of_a_token_can_be_changed() {
        let token = issue_token(&config("one"), TEAM, "mia");
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(call(&format!("Bearer {forged}")).is_err(), "{forged}");
        }
    }

    #[test]
    fn what_is_not_a_token_is_refused() {
        let long = format!("Bearer {}", "A".repeat(100_000));
        for header in ["", "Bearer", "Bearer ", "Bearer .", "Basic bWlhOg==", &long] {
            assert!(call(header).is_err(), "{header:.20}");
        }
    }

    #[test]
    fn a_missing_token_is_told_how_to_send_one() {
        let status = Authenticator::new(&config("one")).call(Request::new(()));
        let status = status.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert!(status.message().contains("authorization: Bearer"));
        assert!(principal(&Request::new(())).is_err());
    }
}
