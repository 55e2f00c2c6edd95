use tonic::{Request, Status};
use uuid::Uuid;

use crate::unauthenticated;

const SERVICE_PREFIX: &str = "service:";

/// Who calls, and for which team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub team_id: Uuid,
    pub subject: String,
}

impl Principal {
    /// One of our own services, not a person or another system.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.subject.starts_with(SERVICE_PREFIX)
    }

    pub(super) fn service_subject(name: &str) -> String {
        format!("{SERVICE_PREFIX}{name}")
    }
}

/// The caller, as the [`Authenticator`](crate::Authenticator) found it.
pub fn principal<T>(request: &Request<T>) -> Result<&Principal, Status> {
    let principal = request.extensions().get();
    principal.ok_or_else(|| unauthenticated("CREDENTIALS_MISSING", super::authenticator::HOW_TO))
}
