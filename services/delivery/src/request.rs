use anyhow::Context as _;
use broadcast_domain::{Recipients, personalize};
use bytes::Bytes;
use channels::{
    Verdict,
    line::{BodyError, multicast_body, push_body},
};
use uuid::Uuid;
use vault::{Aad, Vault};

use crate::queue::Ready;

/// What sealed addresses are bound to, besides the team, the broadcast and the chunk.
const PURPOSE: &str = "fanfare.dispatch.addresses";

/// What makes the requests of a chunk: the same recipients are always the same bytes.
pub(crate) struct Request {
    messages_json: String,
    aggregation_unit: String,
    broadcast_id: Uuid,
    /// In the order of the chunk's contacts.
    addresses: Vec<String>,
    contacts: Vec<Uuid>,
}

impl Request {
    /// Opens the chunk's addresses.
    pub(crate) async fn open(vault: &Vault, ready: &Ready) -> anyhow::Result<Self> {
        let sealed = ready.sealed_addresses.as_ref();
        let sealed = sealed.context("addresses of a chunk that is not settled were erased")?;
        let key = vault
            .broadcast_key(ready.team_id, ready.broadcast_id)
            .await?
            .context("the broadcast's key was destroyed before everyone had an outcome")?;
        let aad = Aad {
            team_id: ready.team_id,
            subject_id: ready.broadcast_id,
            event_id: ready.chunk_id,
            event_type: PURPOSE,
        };
        let opened = key.open(&aad, sealed).context("cannot open addresses")?;
        let opened = String::from_utf8(opened).context("addresses are not text")?;
        let addresses: Vec<String> = opened.split('\n').map(str::to_owned).collect();
        let contacts: Vec<Uuid> = events::ids(&ready.contact_ids).collect();
        anyhow::ensure!(
            addresses.len() == contacts.len(),
            "a chunk has not as many addresses as contacts"
        );
        Ok(Self {
            messages_json: ready.messages_json.clone(),
            aggregation_unit: ready.aggregation_unit.clone(),
            broadcast_id: ready.broadcast_id,
            addresses,
            contacts,
        })
    }

    /// Who is at this place.
    pub(crate) fn contact(&self, place: u32) -> Uuid {
        self.contacts
            .get(place as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Of the recipient at this place; empty of one who was deleted.
    pub(crate) fn address(&self, place: u32) -> &str {
        self.addresses
            .get(place as usize)
            .map_or("", String::as_str)
    }

    /// The body for these recipients, or what LINE would say of it: then it is not sent.
    pub(crate) fn body(&self, recipients: &Recipients) -> Result<Bytes, Verdict> {
        let to: Vec<&str> = recipients
            .iter()
            .filter_map(|place| self.addresses.get(place as usize))
            .map(String::as_str)
            .collect();
        let unit = Some(self.aggregation_unit.as_str());
        multicast_body(&to, &self.messages_json, unit).map_err(|error| refusal(&error))
    }

    /// The body for the person at this place alone, with links of their own.
    pub(crate) fn own_body(&self, place: u32, links_secret: &[u8]) -> Result<Bytes, Verdict> {
        let contact_id = self.contact(place);
        let messages = personalize(
            links_secret,
            self.broadcast_id,
            contact_id,
            &self.messages_json,
        );
        let unit = Some(self.aggregation_unit.as_str());
        push_body(self.address(place), &messages, unit).map_err(|error| refusal(&error))
    }
}

fn refusal(error: &BodyError) -> Verdict {
    let detail = error.to_string();
    match error {
        BodyError::NotAUserId { index } | BodyError::Duplicate { index } => {
            Verdict::RecipientInvalid {
                index: Some(*index),
                code: "recipient_malformed",
                detail,
            }
        }
        BodyError::Recipients { .. }
        | BodyError::AggregationUnit
        | BodyError::Messages(_)
        | BodyError::TooLarge { .. } => Verdict::ContentRefused {
            code: "request_malformed",
            detail,
        },
    }
}
