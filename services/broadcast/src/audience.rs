use bootstrap::{MESSAGE_BYTES_MAX, ServiceIdentity};
use broadcast_domain::{Person, SendingWindow, eligibility};
use channels::{email::EmailAddress, line::is_line_user_id, whatsapp};
use chrono::DateTime;
use event_bus::ConsistencyToken;
use events::{broadcasts::ExclusionReason, common, segment::Filter};
use proto::segmentation::v1::{
    ResolveAudienceRequest, ResolveAudienceResponse,
    segmentation_service_client::SegmentationServiceClient,
};
use ring::digest::{Context, SHA256};
use tonic::{Status, Streaming, transport::Channel};
use uuid::Uuid;

/// Asks segmentation who matches, as this service, for the team in question.
#[derive(Debug, Clone)]
pub(crate) struct Audiences {
    client: SegmentationServiceClient<Channel>,
    identity: ServiceIdentity,
}

/// Someone who gets the broadcast.
#[derive(Debug)]
pub(crate) struct Recipient {
    pub(crate) contact_id: Uuid,
    pub(crate) address: String,
}

/// People as they come, each in or left out with one reason.
#[derive(Debug, Default)]
pub(crate) struct Screened {
    pub(crate) included: Vec<Recipient>,
    pub(crate) excluded: Vec<(Uuid, ExclusionReason)>,
}

/// Adds up what a whole audience comes to.
pub(crate) struct Tally {
    pub(crate) included: u64,
    excluded: [(ExclusionReason, u64); 5],
    digest: Context,
}

impl Audiences {
    pub(crate) fn new(channel: Channel, identity: ServiceIdentity) -> Self {
        let client = SegmentationServiceClient::new(channel);
        Self {
            client: client.max_decoding_message_size(MESSAGE_BYTES_MAX),
            identity,
        }
    }

    /// Streams everyone of the account who matches, in the order of their ids.
    pub(crate) async fn resolve(
        &self,
        team_id: Uuid,
        account_id: Uuid,
        filter: &Filter,
        token: &ConsistencyToken,
    ) -> Result<Streaming<ResolveAudienceResponse>, Status> {
        let request = ResolveAudienceRequest {
            account_id: account_id.to_string(),
            filter: Some(filter.clone()),
            consistency_token: token.encode(),
            ..ResolveAudienceRequest::default()
        };
        let request = self.identity.request(team_id, request);
        Ok(self
            .client
            .clone()
            .resolve_audience(request)
            .await?
            .into_inner())
    }
}

/// Decides for each person of a page.
pub(crate) fn screen(
    page: ResolveAudienceResponse,
    channel: common::Channel,
    window: SendingWindow,
) -> Screened {
    let mut screened = Screened::default();
    let ids: Vec<Uuid> = events::ids(&page.contact_ids).collect();
    let statuses: Vec<_> = page.statuses().collect();
    let people = ids.into_iter().zip(page.addresses).zip(statuses);
    for (((contact_id, address), status), seconds) in people.zip(page.last_interaction_seconds) {
        let person = Person {
            status,
            address_valid: is_address(channel, &address),
            last_interaction_at: (seconds != 0)
                .then(|| DateTime::from_timestamp(seconds, 0))
                .flatten(),
        };
        match eligibility(person, window) {
            Ok(()) => screened.included.push(Recipient {
                contact_id,
                address,
            }),
            Err(reason) => screened.excluded.push((contact_id, reason)),
        }
    }
    screened
}

fn is_address(channel: common::Channel, address: &str) -> bool {
    match channel {
        common::Channel::Line => is_line_user_id(address),
        common::Channel::Messenger => {
            !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_digit())
        }
        common::Channel::Whatsapp => whatsapp::Recipient::parse(address).is_some(),
        common::Channel::Email => address.parse::<EmailAddress>().is_ok(),
        common::Channel::Unspecified => false,
    }
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            included: 0,
            excluded: [
                (ExclusionReason::Unsubscribed, 0),
                (ExclusionReason::Blocked, 0),
                (ExclusionReason::InvalidAddress, 0),
                (ExclusionReason::DuplicateAddress, 0),
                (ExclusionReason::OutsideWindow, 0),
            ],
            digest: Context::new(&SHA256),
        }
    }

    pub(crate) fn add(&mut self, screened: &Screened) {
        for recipient in &screened.included {
            self.included += 1;
            self.digest.update(recipient.contact_id.as_bytes());
        }
        for (_, reason) in &screened.excluded {
            for (counted, people) in &mut self.excluded {
                *people += u64::from(counted == reason);
            }
        }
    }

    /// The reasons that there were, in their order.
    pub(crate) fn excluded(&self) -> Vec<(ExclusionReason, u64)> {
        let excluded = self.excluded.iter().copied();
        excluded.filter(|(_, people)| *people > 0).collect()
    }

    /// SHA-256 over those who are in, in order.
    pub(crate) fn digest(self) -> Vec<u8> {
        self.digest.finish().as_ref().to_vec()
    }
}
