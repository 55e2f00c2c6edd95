//! What the three logs leave in the read model.

mod accounts;
mod attributions;
mod broadcasts;
mod clicks;
mod exclusions;
mod malformed;
mod orders;
mod outcome;
mod outcomes;
mod recipients;
mod runs;
mod sends;
mod visitors;
mod visits;

pub use self::{accounts::Accounts, sends::Sends, visits::Visits};
