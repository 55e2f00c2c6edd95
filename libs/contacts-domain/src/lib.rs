//! What is decided about contacts and accounts: which rows are taken, and what facts add up to.

mod account;
mod account_details;
mod cell;
mod consent;
mod external_id;
mod facts;
mod job;
mod opt_words;
mod profile;
mod profile_change;
mod refusal;
mod row;
mod search;
mod state;
mod tags;
mod text;

pub use self::{
    account::{Account, AccountCommand, AccountError, Connection},
    account_details::{AccountDetails, InvalidAccount},
    cell::{harmless_cell, original_cell},
    consent::{Consent, Decision, OptedOut, PURPOSES, PurposeConsent},
    external_id::{ExternalId, InvalidExternalId},
    facts::{ContactFact, FactOfContact, facts_of, first_tag_id, imported_tags},
    job::{
        FrozenJob, JOB_CHUNK_CONTACTS_MAX, Job, JobAction, JobCommand, JobError, JobPlan,
        JobResult, chunk_request_id, job_stream_id,
    },
    opt_words::{OPT_IN_BUTTON, OPT_OUT_BUTTON, OptWord, opt_button, opt_word},
    profile::{InvalidTag, MemberNumber, Profile, Tag},
    profile_change::{InvalidProfile, ProfileChange},
    refusal::{RefusalReason, RowRefusal},
    row::{ContactRow, RawRow, RawTags, parse_row},
    search::{fold_email, fold_name, fold_phone},
    state::{ContactState, ContactStatus},
    tags::{KnownTag, NewTag, TAGS_MAX, TagCommand, TagDictionary, TagError, tag_dictionary_id},
    text::InvalidText,
};
