#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod account;
mod ambiguity;
mod app;
mod content;
mod email_app;
mod email_peers;
mod email_replies;
mod email_reports;
mod email_sends;
mod graph;
mod insight;
mod line_openapi;
mod line_table;
mod meta_answers;
mod meta_clients;
mod meta_corpus;
mod meta_labels;
mod meta_originals;
mod meta_requests;
mod meta_tables;
mod peers;
mod python;
mod readme;
mod refusals;
mod webhooks;
