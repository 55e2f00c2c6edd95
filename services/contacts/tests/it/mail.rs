//! Who leaves by a mail's link, and mailboxes that are none.

use events::{
    ContactEvent, ContactsLogEvent, IngressLogEvent,
    broadcasts::OutcomeKind,
    contact::{BlockReason, ConsentMeans},
    ingested::{AddressSuppressed, SuppressionReason, UnsubscribeMeans, UnsubscribeRequested},
    to_bytes, to_timestamp,
};
use proto::{
    common::v1::Channel,
    contacts::v1::{
        ConnectAccountRequest, Contact, ContactStatus, Credentials, ImportFormat, MailCredentials,
        credentials::Channel as Given,
    },
};
use test_support::eventually;
use uuid::Uuid;

use crate::app::{App, Team};

const PEOPLE: &str =
    "external_id,display_name\nann@example.com,Ann\nbob@example.com,Bob\ncat@example.com,Cat\n";

struct Mail {
    app: App,
    team: Team,
    account: Uuid,
}

impl Mail {
    async fn start() -> Self {
        Self::start_on(App::start().await).await
    }

    async fn start_on(app: App) -> Self {
        let mut team = app.team();
        let request = ConnectAccountRequest {
            request_id: Uuid::now_v7().to_string(),
            channel: Channel::Email.into(),
            name: "Mail".to_owned(),
            channel_account_id: "shop@example.com".to_owned(),
            country: "TW".to_owned(),
            credentials: Some(Credentials {
                channel: Some(Given::Email(MailCredentials {
                    smtp_host: "smtp.example.com".to_owned(),
                    username: "u".to_owned(),
                    password: "p".to_owned(),
                    ..MailCredentials::default()
                })),
            }),
            ..ConnectAccountRequest::default()
        };
        let account = team.connect(request).await.unwrap().account.unwrap();
        let done = team.import(&account.account_id, ImportFormat::Csv, PEOPLE);
        done.await.unwrap();
        let account = account.account_id.parse().unwrap();
        Self { app, team, account }
    }

    async fn when(&mut self, name: &str, is_so: impl Fn(&Contact) -> bool) -> Contact {
        let account = self.account.to_string();
        eventually("the contact is so", async || {
            let contacts = self.team.contacts(&account, "").await.into_iter();
            let mut found = contacts.filter(|contact| contact.display_name == name);
            found.find(|contact| is_so(contact))
        })
        .await
    }

    async fn unsubscribe(&self, contact: &Contact, means: UnsubscribeMeans) {
        let requested = UnsubscribeRequested {
            account_id: to_bytes(self.account),
            contact_id: to_bytes(contact.contact_id.parse().unwrap()),
            broadcast_id: to_bytes(Uuid::now_v7()),
            means: means.into(),
            requested_at: Some(to_timestamp(chrono::DateTime::UNIX_EPOCH)),
        };
        self.app.ingress.mail(self.team.id, requested.into()).await;
    }

    async fn report(&self, address: Option<&str>, whose: Option<&Contact>, why: SuppressionReason) {
        let lookup = self.app.ingress.vault.lookup_key(self.team.id).await;
        let lookup = lookup.unwrap();
        let suppressed = AddressSuppressed {
            account_id: to_bytes(self.account),
            identity: address
                .map(|address| lookup.identity(self.account, address).to_vec())
                .unwrap_or_default(),
            reason: why.into(),
            reported_at: Some(to_timestamp(chrono::DateTime::UNIX_EPOCH)),
            contact_id: whose
                .map(|contact| to_bytes(contact.contact_id.parse().unwrap()))
                .unwrap_or_default(),
            ..AddressSuppressed::default()
        };
        let event = IngressLogEvent::from(suppressed);
        self.app.ingress.mail(self.team.id, event).await;
    }

    /// What was appended, in short.
    async fn facts(&self) -> Vec<String> {
        let mut facts = Vec::new();
        for (_, event) in self.app.log().await {
            if let ContactsLogEvent::Contact(ContactEvent::Blocked(event)) = event {
                assert_eq!(event.reason(), BlockReason::HardBounce);
                facts.push("blocked".to_owned());
            } else if let ContactsLogEvent::Contact(ContactEvent::ConsentChanged(event)) = event {
                assert!(event.opted_out);
                facts.push(format!("{:?}", event.means()));
            }
        }
        facts.sort();
        facts
    }
}

#[tokio::test]
async fn whoever_leaves_by_a_mails_link_has_left_and_the_team_cannot_undo_it() {
    let mut mail = Mail::start().await;
    let ann = mail.when("Ann", |_| true).await;
    let bob = mail.when("Bob", |_| true).await;
    mail.unsubscribe(&ann, UnsubscribeMeans::OneClick).await;
    mail.unsubscribe(&bob, UnsubscribeMeans::Page).await;
    for name in ["Ann", "Bob"] {
        let left = mail.when(name, |contact| contact.opt_outs.len() == 3).await;
        assert_eq!(left.status(), ContactStatus::Unsubscribed);
        assert!(left.opt_outs.iter().all(|out| out.by_person));
    }
    let means = [ConsentMeans::OneClick, ConsentMeans::UnsubscribePage];
    assert_eq!(
        mail.facts().await,
        means.map(|means| format!("{means:?}")).to_vec()
    );
    let cat = mail.when("Cat", |_| true).await;
    assert!(cat.opt_outs.is_empty());
}

#[tokio::test]
async fn a_mailbox_that_is_none_is_not_written_to_again() {
    let mut mail = Mail::start().await;
    let hard = SuppressionReason::HardBounce;
    mail.report(Some("ann@example.com"), None, hard).await;
    // An address that nobody has here makes nobody a contact.
    mail.report(Some("eve@example.com"), None, hard).await;
    let ann = mail
        .when("Ann", |contact| contact.status() == ContactStatus::Blocked)
        .await;
    assert!(ann.opt_outs.is_empty());
    mail.app.ingress.consumed(&mail.app.database.pool).await;
    assert_eq!(mail.facts().await, ["blocked"]);
    let account = mail.account.to_string();
    assert_eq!(mail.team.contacts(&account, "").await.len(), 3);
}

#[tokio::test]
async fn a_complaint_is_the_persons_own_decision() {
    let mut mail = Mail::start().await;
    let bob = mail.when("Bob", |_| true).await;
    mail.report(None, Some(&bob), SuppressionReason::Complaint)
        .await;
    // A report that tells neither who nor whose.
    mail.report(None, None, SuppressionReason::Complaint).await;
    let bob = mail
        .when("Bob", |contact| contact.opt_outs.len() == 3)
        .await;
    assert!(bob.opt_outs.iter().all(|out| out.by_person));
    mail.app.ingress.consumed(&mail.app.database.pool).await;
    assert_eq!(
        mail.facts().await,
        [format!("{:?}", ConsentMeans::Complaint)]
    );
}

#[tokio::test]
async fn a_mailbox_that_its_server_does_not_know_is_not_written_to_again() {
    let mut mail = Mail::start_on(App::start_with_broadcasts().await).await;
    let mut people = Vec::new();
    for name in ["Ann", "Bob", "Cat"] {
        let contact = mail.when(name, |_| true).await;
        people.push(contact.contact_id.parse().unwrap());
    }
    let log = mail.app.broadcasts.as_ref().unwrap();
    let account = mail.account.to_string();
    let broadcast_id = log.draft(mail.team.id, &account, "hi").await;
    let of = (broadcast_id, mail.account);
    let chunk_id = log.chunk_of(mail.team.id, of, &people).await;
    for (place, code) in [
        (1, "550/5.1.1 no_such_address"),
        (2, "550/5.2.2 mailbox_full"),
    ] {
        let failed = (OutcomeKind::Failed, code);
        log.settle_as(mail.team.id, chunk_id, &[place], failed, 1)
            .await;
    }
    mail.when("Bob", |contact| contact.status() == ContactStatus::Blocked)
        .await;
    eventually("all is read", async || {
        let query = "SELECT sum(position)::bigint FROM checkpoints WHERE consumer = 'refused-mail'";
        let read: Option<i64> = sqlx::query_scalar(query)
            .fetch_one(&mail.app.database.pool)
            .await
            .unwrap();
        (read == Some(4)).then_some(())
    })
    .await;
    assert_eq!(mail.facts().await, ["blocked"]);
}
