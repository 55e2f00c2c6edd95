#![doc = include_str!("../README.md")]

mod cache;
mod config;
mod contact_keys;
mod error;
mod expiring_keys;
mod key;
mod lookup;
mod master;
mod seal;
mod sender_keys;
mod team_keys;
mod vault;

pub use self::{
    config::VaultConfig,
    contact_keys::{ContactKey, ContactKeys},
    error::{MasterKeyError, OpenError, VaultError},
    lookup::LookupKey,
    master::MasterKey,
    seal::{Aad, Opened, SealKey},
    sender_keys::SenderKey,
    vault::Vault,
};
