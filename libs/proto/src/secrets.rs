//! What is printed of messages that hold secrets: that they are there.

use std::fmt;

use crate::{
    contacts::v1::{LineCredentials, MailCredentials, MetaCredentials},
    events::contacts::v1::{AccountCredentials, SmtpCredentials},
};

macro_rules! redacted {
    ($($message:ident),* $(,)?) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($message), "(redacted)"))
            }
        }
    )*};
}

redacted!(
    AccountCredentials,
    LineCredentials,
    MailCredentials,
    MetaCredentials,
    SmtpCredentials,
);
