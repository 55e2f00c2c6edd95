//! What is decided about contacts and accounts: which rows are taken, and what facts add up to.

mod account;
mod account_details;
mod external_id;
mod facts;
mod profile;
mod refusal;
mod row;
mod state;
mod text;

pub use self::{
    account::{Account, AccountCommand, AccountError},
    account_details::{AccountDetails, InvalidAccount},
    external_id::{ExternalId, InvalidExternalId},
    facts::{ContactFact, FactOfContact, facts_of},
    profile::{InvalidTag, MemberNumber, Profile, Tag},
    refusal::{RefusalReason, RowRefusal},
    row::{ContactRow, RawRow, RawTags, parse_row},
    state::{ContactState, ContactStatus},
    text::InvalidText,
};
