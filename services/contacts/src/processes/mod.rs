//! Events of other contexts in, facts about contacts out.

mod erasure;
mod fact;
mod facts;
mod line_event;
mod mail;
mod mail_facts;
mod person_event;
mod refused_mail;
mod webhooks;

pub(crate) use self::{
    erasure::Erasures, mail::Mail, refused_mail::RefusedMail, webhooks::Webhooks,
};
