use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue, errors::InvalidMetadataValue},
    service::Interceptor,
};
use uuid::Uuid;

use super::{AuthConfig, Principal, signer::Signer, token};

/// A client's interceptor: every call carries the same token.
#[derive(Clone)]
pub struct ClientAuth {
    authorization: MetadataValue<Ascii>,
}

impl ClientAuth {
    /// For a client that issues its own token.
    #[must_use]
    pub fn new(config: &AuthConfig, team_id: Uuid, subject: &str) -> Self {
        Self {
            authorization: bearer(&token::signer(config), team_id, subject),
        }
    }

    /// For a client that was given a token.
    pub fn from_token(token: &str) -> Result<Self, InvalidMetadataValue> {
        let mut authorization: MetadataValue<Ascii> = format!("Bearer {token}").parse()?;
        authorization.set_sensitive(true);
        Ok(Self { authorization })
    }
}

impl std::fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAuth")
    }
}

impl Interceptor for ClientAuth {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.authorization.clone());
        Ok(request)
    }
}

/// One of our services, as it calls another for now this team, now that one.
#[derive(Debug, Clone)]
pub struct ServiceIdentity {
    signer: Signer,
    subject: String,
}

impl ServiceIdentity {
    #[must_use]
    pub fn new(config: &AuthConfig, service: &str) -> Self {
        Self {
            signer: token::signer(config),
            subject: Principal::service_subject(service),
        }
    }

    /// A request that carries this service's token for `team_id`, and the present trace.
    pub fn request<T>(&self, team_id: Uuid, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let authorization = bearer(&self.signer, team_id, &self.subject);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", authorization);
        if let Some(trace_parent) = telemetry::trace_parent()
            && let Ok(value) = trace_parent.parse()
        {
            metadata.insert("traceparent", value);
        }
        request
    }
}

#[expect(clippy::expect_used, reason = "base64url is ASCII")]
fn bearer(signer: &Signer, team_id: Uuid, subject: &str) -> MetadataValue<Ascii> {
    let token = token::sign(signer, team_id, subject);
    let authorization = format!("Bearer {token}").parse();
    let mut authorization: MetadataValue<Ascii> = authorization.expect("a token is ASCII");
    authorization.set_sensitive(true);
    authorization
}

#[cfg(test)]
mod tests {
    use tonic::{Request, service::Interceptor as _};
    use uuid::Uuid;

    use super::{ClientAuth, ServiceIdentity};
    use crate::{AuthConfig, Authenticator, issue_token};

    const TEAM: Uuid = Uuid::from_u128(7);

    fn config() -> AuthConfig {
        AuthConfig {
            secret: "one".into(),
        }
    }

    #[test]
    fn a_client_is_known_by_its_token() {
        let token = issue_token(&config(), TEAM, "mia");
        let given = ClientAuth::from_token(&token).unwrap();
        let issued = ClientAuth::new(&config(), TEAM, "mia");
        for mut client in [given, issued] {
            let request = client.call(Request::new(())).unwrap();
            let caller = Authenticator::new(&config()).authenticate(request.metadata());
            assert_eq!(caller.unwrap().subject, "mia");
            assert!(!format!("{client:?} {request:?}").contains(&token));
        }
    }

    #[test]
    fn a_service_calls_for_a_team() {
        let request = ServiceIdentity::new(&config(), "broadcast").request(TEAM, ());
        let caller = Authenticator::new(&config()).authenticate(request.metadata());
        let caller = caller.unwrap();
        assert_eq!(
            (caller.team_id, caller.subject.as_str()),
            (TEAM, "service:broadcast")
        );
        assert!(caller.is_service());
    }
}
