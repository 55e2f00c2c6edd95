use std::convert::Infallible;

use tonic::{
    body::Body,
    codegen::{Service, http},
    server::NamedService,
    service::{Routes, interceptor::InterceptedService},
};

use crate::{AuthConfig, Authenticator};

/// The services of one server. Whoever calls them is known, unless a service is added as public.
#[derive(Debug, Clone)]
pub struct GrpcServices {
    pub(super) routes: Routes,
    pub(super) names: Vec<&'static str>,
    authenticator: Authenticator,
}

impl GrpcServices {
    #[must_use]
    pub fn new(auth: &AuthConfig) -> Self {
        Self {
            routes: Routes::default(),
            names: Vec::new(),
            authenticator: Authenticator::new(auth),
        }
    }

    /// A service whose handlers find the caller by [`principal`](crate::principal).
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "a service is added to a server, it is not a number"
    )]
    pub fn add<S>(self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let authenticator = self.authenticator.clone();
        self.add_public(InterceptedService::new(service, authenticator))
    }

    /// A service for callers without credentials.
    #[must_use]
    pub fn add_public<S, B>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }
}
