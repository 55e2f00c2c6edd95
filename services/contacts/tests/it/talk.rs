//! What a team does with its contacts one by one.

use std::{fmt::Write as _, ops::Deref};

use bootstrap::ClientAuth;
use proto::{
    common::v1::Purpose,
    contacts::v1::{
        ChangeConsentRequest, CheckConsentRequest, Contact, ContactConsent, ContactReference,
        CreateTagRequest, ExternalIdentity, GetContactRequest, ImportFormat, PurposeConsent, Tag,
        TagContactsRequest, consent_service_client::ConsentServiceClient,
        contact_reference::Reference, conversation_service_client::ConversationServiceClient,
        tags_service_client::TagsServiceClient,
    },
};
use tonic::{Status, transport::Channel};
use uuid::Uuid;

use crate::app::{Authenticated, Team, line_id};

pub(crate) struct Talk {
    pub(crate) tags: TagsServiceClient<Authenticated>,
    pub(crate) consent: ConsentServiceClient<Authenticated>,
    pub(crate) conversation: ConversationServiceClient<Authenticated>,
}

impl Talk {
    pub(crate) fn new(channel: &Channel, identity: &ClientAuth) -> Self {
        let (channel, identity) = (|| channel.clone(), || identity.clone());
        Self {
            tags: TagsServiceClient::with_interceptor(channel(), identity()),
            consent: ConsentServiceClient::with_interceptor(channel(), identity()),
            conversation: ConversationServiceClient::with_interceptor(channel(), identity()),
        }
    }
}

impl Team {
    /// An account with the people 1 to `people`, who have no tags.
    pub(crate) async fn bare_people(&mut self, people: u32) -> (String, Vec<Contact>) {
        let account = self.line_account().await;
        let mut file = "external_id,display_name\n".to_owned();
        for person in 1..=people {
            writeln!(file, "{},Name {person}", line_id(person)).unwrap();
        }
        let done = self.import(&account, ImportFormat::Csv, &file).await;
        let contacts = self.contacts(&account, &done.unwrap().token).await;
        (account, contacts)
    }

    pub(crate) async fn contact_after(
        &mut self,
        contact_id: &str,
        token: &str,
    ) -> Result<Contact, Status> {
        let request = GetContactRequest {
            contact_id: contact_id.to_owned(),
            consistency_token: token.to_owned(),
        };
        let response = self.contacts.get_contact(request).await?;
        Ok(response.into_inner().contact.unwrap())
    }

    pub(crate) async fn create_tag(&mut self, name: &str) -> Result<(Tag, String), Status> {
        let request = CreateTagRequest {
            name: name.to_owned(),
        };
        let created = self.talk.tags.create_tag(request).await?.into_inner();
        Ok((created.tag.unwrap(), created.consistency_token))
    }

    pub(crate) async fn tag(&mut self, request: TagContactsRequest) -> Result<String, Status> {
        let response = self.talk.tags.tag_contacts(request).await?;
        Ok(response.into_inner().consistency_token)
    }

    pub(crate) async fn change_consent(
        &mut self,
        request: ChangeConsentRequest,
    ) -> Result<String, Status> {
        let response = self.talk.consent.change_consent(request).await?;
        Ok(response.into_inner().consistency_token)
    }

    pub(crate) async fn check_consent(
        &mut self,
        contact_id: &str,
        purpose: Purpose,
        token: &str,
    ) -> Checked {
        self.check_one(by_id(contact_id), purpose, token).await
    }

    pub(crate) async fn check_identity(
        &mut self,
        account: &str,
        person: u32,
        purpose: Purpose,
        token: &str,
    ) -> Checked {
        self.check_one(by_identity(account, person), purpose, token)
            .await
    }

    async fn check_one(
        &mut self,
        contact: ContactReference,
        purpose: Purpose,
        token: &str,
    ) -> Checked {
        let checked = self.check(vec![contact], &[purpose], token).await.unwrap();
        let [contact] = checked.try_into().unwrap();
        let [consent] = contact.purposes.try_into().unwrap();
        assert_eq!(consent.purpose(), purpose);
        Checked {
            contact_id: contact.contact_id,
            consent,
        }
    }

    pub(crate) async fn check(
        &mut self,
        contacts: Vec<ContactReference>,
        purposes: &[Purpose],
        token: &str,
    ) -> Result<Vec<ContactConsent>, Status> {
        let request = CheckConsentRequest {
            contacts,
            purposes: purposes.iter().map(|purpose| (*purpose).into()).collect(),
            consistency_token: token.to_owned(),
        };
        let response = self.talk.consent.check_consent(request).await?;
        Ok(response.into_inner().contacts)
    }
}

/// What was said of one contact and one purpose.
pub(crate) struct Checked {
    pub(crate) contact_id: String,
    consent: PurposeConsent,
}

impl Deref for Checked {
    type Target = PurposeConsent;

    fn deref(&self) -> &PurposeConsent {
        &self.consent
    }
}

pub(crate) fn by_id(contact_id: &str) -> ContactReference {
    ContactReference {
        reference: Some(Reference::ContactId(contact_id.to_owned())),
    }
}

pub(crate) fn by_identity(account: &str, person: u32) -> ContactReference {
    ContactReference {
        reference: Some(Reference::Identity(ExternalIdentity {
            account_id: account.to_owned(),
            external_id: line_id(person),
        })),
    }
}

/// Puts tags on contacts and takes others off.
pub(crate) fn tagging(contacts: &[&Contact], add: &[&str], remove: &[&str]) -> TagContactsRequest {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    TagContactsRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_ids: contacts.iter().map(|c| c.contact_id.clone()).collect(),
        add_tags: texts(add),
        remove_tags: texts(remove),
    }
}

/// Opts contacts out of purposes, or in again.
pub(crate) fn consent(
    contacts: &[&Contact],
    purposes: &[Purpose],
    opted_out: bool,
) -> ChangeConsentRequest {
    ChangeConsentRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_ids: contacts.iter().map(|c| c.contact_id.clone()).collect(),
        purposes: purposes.iter().map(|purpose| (*purpose).into()).collect(),
        opted_out,
    }
}

/// What LINE tells of a person who wrote.
pub(crate) fn wrote(event_id: &str, person: u32, at: i64, text: &str) -> String {
    told(
        event_id,
        person,
        at,
        &format!(r#""type":"message","message":{{"type":"text","text":"{text}"}}"#),
    )
}

/// What LINE tells of a person who tapped a button.
pub(crate) fn tapped(event_id: &str, person: u32, at: i64, data: &str) -> String {
    told(
        event_id,
        person,
        at,
        &format!(r#""type":"postback","postback":{{"data":"{data}"}}"#),
    )
}

pub(crate) fn told(event_id: &str, person: u32, at: i64, what: &str) -> String {
    let user = line_id(person);
    format!(
        r#"{{{what},"webhookEventId":"{event_id}","timestamp":{at},"source":{{"type":"user","userId":"{user}"}}}}"#
    )
}
