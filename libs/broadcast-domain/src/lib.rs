#![doc = include_str!("../README.md")]

mod aggregation_unit;
mod broadcast;
mod chunk;
mod compose;
mod correlation;
mod eligibility;
mod ids;
mod link_token;
mod mail_token;
mod preview;
mod token_mac;
mod unsubscribe_token;

pub use self::{
    aggregation_unit::aggregation_unit,
    broadcast::{Audience, Broadcast, BroadcastCommand, BroadcastError, Draft, Frozen},
    chunk::*,
    compose::{
        ComposeError, Composed, UNSUBSCRIBE_PLACE, Written, WrittenContent, compose, personalize,
        render,
    },
    correlation::Correlation,
    eligibility::{Person, STANDARD_WINDOW, Window as SendingWindow, eligibility},
    ids::{chunk_id, excluded_id},
    link_token::{ParsedLink, link_token, parse_link_token, personal_link_token},
    mail_token::{mail_token, parse_mail_token},
    preview::{POLICY_VERSION, PreviewInputs},
    unsubscribe_token::{Unsubscribe, parse_unsubscribe_token, unsubscribe_token},
};
