//! People, and bots, who follow the links in what was delivered.

mod act;
mod browser;
mod crowd;
mod links;
mod plan;

pub(crate) use act::act;
pub(crate) use browser::Jar;
pub(crate) use crowd::gather;
pub use plan::{ActPlan, Acted, Clicked};
