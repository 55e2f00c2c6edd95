//! The Messaging API itself, over HTTP.

mod answer;
mod call;
mod headers;
mod routes;

pub(crate) use routes::routes;
