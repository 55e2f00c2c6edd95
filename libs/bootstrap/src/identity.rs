//! Who calls: tokens, and the two ends of a call that carry them.

mod authenticator;
mod client;
mod config;
mod principal;
mod signer;
mod token;

pub(crate) use self::signer::Signer;
pub use self::{
    authenticator::Authenticator,
    client::{ClientAuth, ServiceIdentity},
    config::AuthConfig,
    principal::{Principal, principal},
    token::issue_token,
};
