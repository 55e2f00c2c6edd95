//! The HTTP side: what the world may call.

mod clicks;
mod mail_reports;
mod orders;
mod serve;
mod unsubscribe;
mod unsubscribe_page;
mod visitor;
mod webhooks;

pub(crate) use self::serve::{State, serve};
