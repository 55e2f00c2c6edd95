#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod account;
mod ambiguity;
mod app;
mod content;
mod crashes;
mod daily;
mod images;
mod ledger;
mod mail;
mod messenger;
mod meta;
mod one_by_one;
mod personal;
mod recipients;
mod rotation;
mod sending;
mod whatsapp;
mod workers;
