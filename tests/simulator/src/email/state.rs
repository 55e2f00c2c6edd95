use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    faults::{MailFaultKind, MailFaults, MailPhase},
    mail::Mail,
    settings::{MailSettings, MailboxState},
};
use crate::clock::millis;

/// One mail that was taken, for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDelivery {
    /// The server's name for it.
    pub queue_id: String,
    /// The envelope's.
    pub mail_from: String,
    pub to: String,
    /// Without its angle brackets.
    pub message_id: String,
    /// What came after DATA, dots undone.
    pub raw: String,
    pub at_ms: u64,
    /// Mails with the same number came over the same connection.
    pub connection: u64,
}

/// Figures about all that happened since the last reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTotals {
    pub connections: u64,
    pub deliveries: u64,
    pub people_received: u64,
    /// How often somebody got the same Message-ID, at most. Above 1, a mail was sent twice.
    pub max_copies_per_person: u64,
    /// Replies of 400 and above.
    pub refusals: u64,
    /// Commands that came ahead of the answer to the one before.
    pub pipelined: u64,
}

/// The one server there is.
#[derive(Debug, Default)]
pub(crate) struct MailServer {
    pub(super) settings: MailSettings,
    pub(super) mailboxes: HashMap<String, MailboxState>,
    pub(super) deliveries: Vec<MailDelivery>,
    pub(super) faults: MailFaults,
    pub(super) totals: MailTotals,
    /// How many deliveries have had their reports.
    pub(super) reported: usize,
    greylisted: HashSet<String>,
}

impl MailServer {
    /// Forgets what happened and turns the faults off; settings and mailboxes stay.
    pub(crate) fn reset(&mut self) {
        self.deliveries.clear();
        self.faults = MailFaults::default();
        self.totals = MailTotals::default();
        self.greylisted.clear();
        self.reported = 0;
    }

    pub(super) fn strike(&mut self, phase: MailPhase) -> Option<MailFaultKind> {
        self.faults.strike(phase)
    }

    pub(super) fn mailbox(&self, address: &str) -> MailboxState {
        let state = self.mailboxes.get(&address.to_ascii_lowercase());
        state.copied().unwrap_or(MailboxState::Exists)
    }

    /// What RCPT is answered, if not yes.
    pub(super) fn refuse(&mut self, address: &str) -> Option<(u16, String)> {
        let no = |code, text: &str| Some((code, text.to_owned()));
        match self.mailbox(address) {
            MailboxState::Exists
            | MailboxState::BouncesHard
            | MailboxState::BouncesSoft
            | MailboxState::Complains => None,
            // As servers do, with the address in it.
            MailboxState::NoSuchUser => Some((550, format!("5.1.1 <{address}>: user unknown"))),
            MailboxState::Disabled => no(550, "5.2.1 The account is disabled"),
            MailboxState::Full => no(452, "4.2.2 The mailbox is over quota"),
            MailboxState::Greylists => {
                let first = self.greylisted.insert(address.to_ascii_lowercase());
                let text = "4.7.1 Greylisted, come again";
                first.then(|| (451, text.to_owned()))
            }
        }
    }

    /// Keeps a mail for each of its recipients, under one queue id.
    pub(super) fn deliver(
        &mut self,
        from: &str,
        to: &[String],
        mail: &Mail,
        connection: u64,
        now: Duration,
    ) -> String {
        let queue_id = format!("{:08X}", self.deliveries.len() + 1);
        for to in to {
            self.deliveries.push(MailDelivery {
                queue_id: queue_id.clone(),
                mail_from: from.to_owned(),
                to: to.clone(),
                message_id: mail.message_id.clone(),
                raw: mail.raw.clone(),
                at_ms: millis(now),
                connection,
            });
        }
        queue_id
    }

    pub(super) fn totals(&self) -> MailTotals {
        let mut copies: HashMap<(&str, &str), u64> = HashMap::new();
        let mut people = HashSet::new();
        for delivery in &self.deliveries {
            people.insert(delivery.to.as_str());
            let got = (delivery.to.as_str(), delivery.message_id.as_str());
            *copies.entry(got).or_default() += 1;
        }
        MailTotals {
            deliveries: self.deliveries.len() as u64,
            people_received: people.len() as u64,
            max_copies_per_person: copies.into_values().max().unwrap_or_default(),
            ..self.totals.clone()
        }
    }
}
