//! What contacts may be written to for.

use events::{ContactEvent, ContactsLogEvent, contact::ConsentMeans};
use proto::{
    common::v1::Purpose,
    contacts::v1::{
        ChangeConsentRequest, ConsentRefusal, Contact, ContactReference, ContactStatus,
        DisconnectAccountRequest, ExternalIdentity, contact_reference::Reference,
    },
};
use test_support::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{App, Team},
    talk::{by_id, by_identity, consent, tapped, told, wrote},
};

const AT: i64 = 1_700_000_000_000;
const ALL: [Purpose; 3] = [
    Purpose::Broadcasts,
    Purpose::SiteMarketing,
    Purpose::CartRemarketing,
];

#[tokio::test]
async fn a_team_opts_contacts_out_and_in_again() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, people) = team.bare_people(2).await;
    let person = people.iter().find(|p| p.display_name == "Name 1").unwrap();
    let out = consent(&[person], &[Purpose::Broadcasts], true);
    let token = team.change_consent(out).await.unwrap();

    let contact = team
        .contact_after(&person.contact_id, &token)
        .await
        .unwrap();
    assert_eq!(contact.status(), ContactStatus::Unsubscribed);
    assert_eq!(contact.opt_outs.len(), 1);
    assert!(!contact.opt_outs[0].by_person);
    for refused in [
        team.check_consent(&person.contact_id, Purpose::Broadcasts, "")
            .await,
        team.check_identity(&account, 1, Purpose::Broadcasts, "")
            .await,
    ] {
        assert!(!refused.allowed);
        assert_eq!(refused.refusal(), ConsentRefusal::OptedOutByTeam);
        assert_eq!(refused.contact_id, person.contact_id);
        assert_eq!(refused.since, contact.opt_outs[0].at);
    }
    // Another purpose, and another person.
    let cart = team
        .check_consent(&person.contact_id, Purpose::CartRemarketing, "")
        .await;
    assert!(cart.allowed);
    let other = team
        .check_identity(&account, 2, Purpose::Broadcasts, "")
        .await;
    assert!(other.allowed && other.since.is_none());

    let back = consent(&[person], &[Purpose::Broadcasts], false);
    let token = team.change_consent(back.clone()).await.unwrap();
    let contact = team
        .contact_after(&person.contact_id, &token)
        .await
        .unwrap();
    assert_eq!(
        (contact.status(), contact.opt_outs.len()),
        (ContactStatus::Subscribed, 0)
    );
    let events = app.events().await;
    assert_eq!(team.change_consent(back).await.unwrap(), token);
    assert_eq!(app.events().await, events);
}

#[tokio::test]
async fn a_word_alone_opts_out_of_everything_and_another_in_again() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, _) = team.bare_people(2).await;
    let stop = wrote("e1", 1, AT, " 取消訂閱。");
    for _ in 0..2 {
        app.ingress.webhook(team.id, &account, &stop).await;
    }
    let sentence = wrote("e2", 2, AT, "stop by the shop");
    app.ingress.webhook(team.id, &account, &sentence).await;
    let contact = when(&mut team, &account, "Name 1", |contact| {
        contact.opt_outs.len() == 3
    })
    .await;
    assert_eq!(contact.status(), ContactStatus::Unsubscribed);
    assert!(contact.opt_outs.iter().all(|out| out.by_person));
    for purpose in ALL {
        let refused = team.check_identity(&account, 1, purpose, "").await;
        assert_eq!(refused.refusal(), ConsentRefusal::OptedOutByPerson);
        assert_eq!(refused.since.unwrap().seconds, AT / 1000);
    }
    app.ingress.consumed(&app.database.pool).await;
    when(&mut team, &account, "Name 2", |contact| {
        contact.last_interaction_at.is_some() && contact.opt_outs.is_empty()
    })
    .await;
    let decided: Vec<_> = decisions(&app).await;
    assert_eq!(
        decided,
        [(true, ConsentMeans::Word)],
        "the same webhook again is nothing new"
    );

    let start = wrote("e3", 1, AT + 1, "Subscribe!");
    app.ingress.webhook(team.id, &account, &start).await;
    when(&mut team, &account, "Name 1", |contact| {
        contact.opt_outs.is_empty() && contact.status() == ContactStatus::Subscribed
    })
    .await;
}

#[tokio::test]
async fn a_button_opts_out() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, _) = team.bare_people(1).await;
    for (event_id, data) in [("e1", "a=1"), ("e2", "fanfare:unsubscribe")] {
        let tapped = tapped(event_id, 1, AT, data);
        app.ingress.webhook(team.id, &account, &tapped).await;
    }
    when(&mut team, &account, "Name 1", |contact| {
        contact.opt_outs.len() == 3
    })
    .await;
    app.ingress.consumed(&app.database.pool).await;
    assert_eq!(decisions(&app).await, [(true, ConsentMeans::Button)]);
}

async fn decisions(app: &App) -> Vec<(bool, ConsentMeans)> {
    let mut decided = Vec::new();
    for (_, event) in app.log().await {
        if let ContactsLogEvent::Contact(ContactEvent::ConsentChanged(event)) = event {
            decided.push((event.opted_out, event.means()));
        }
    }
    decided
}

async fn when(
    team: &mut Team,
    account: &str,
    name: &str,
    is_there: impl Fn(&Contact) -> bool,
) -> Contact {
    eventually("the contact is so", async || {
        let contacts = team.contacts(account, "").await;
        contacts
            .into_iter()
            .find(|contact| contact.display_name == name && is_there(contact))
    })
    .await
}

#[tokio::test]
async fn a_team_can_not_undo_what_a_person_decided() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, people) = team.bare_people(3).await;
    let blocked = told("e1", 1, AT, r#""type":"unfollow""#);
    app.ingress.webhook(team.id, &account, &blocked).await;
    let stop = wrote("e2", 2, AT, "STOP");
    app.ingress.webhook(team.id, &account, &stop).await;
    // Not waited for: what the log has counts, whether the read model has it yet or not.
    app.ingress.consumed(&app.database.pool).await;
    let of = |name: &str| people.iter().find(|p| p.display_name == name).unwrap();
    let (blocker, leaver, other) = (of("Name 1"), of("Name 2"), of("Name 3"));

    let events = app.events().await;
    for (whom, reason) in [(leaver, "PERSON_OPTED_OUT"), (blocker, "PERSON_BLOCKED")] {
        let back = consent(&[other, whom], &[Purpose::Broadcasts], false);
        let refused = team.change_consent(back).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(bootstrap_reason(&refused), reason);
        assert!(refused.message().contains(&whom.contact_id), "{refused}");
        assert!(!refused.message().contains(&other.contact_id), "{refused}");
    }
    assert_eq!(app.events().await, events, "nothing was changed");
    let refused = team
        .check_identity(&account, 1, Purpose::Broadcasts, "")
        .await;
    assert_eq!(refused.refusal(), ConsentRefusal::Blocked);
    assert_eq!(refused.since.unwrap().seconds, AT / 1000);

    // The team may opt them out as well; then the person comes back, and is back.
    let out = consent(&[leaver], &ALL, true);
    let token = team.change_consent(out).await.unwrap();
    let refused = team
        .check_consent(&leaver.contact_id, Purpose::SiteMarketing, &token)
        .await;
    assert_eq!(refused.refusal(), ConsentRefusal::OptedOutByPerson);
}

#[tokio::test]
async fn what_the_log_has_counts_though_the_read_model_does_not_have_it() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, people) = team.bare_people(1).await;
    // The read model can be read, and not written.
    let mut held = app.database.pool.begin().await.unwrap();
    let hold = sqlx::query("LOCK TABLE contacts IN EXCLUSIVE MODE");
    hold.execute(&mut *held).await.unwrap();
    let stop = wrote("e1", 1, AT, "stop");
    app.ingress.webhook(team.id, &account, &stop).await;
    app.ingress.consumed(&app.database.pool).await;
    let back = consent(&[&people[0]], &ALL, false);
    let refused = team.change_consent(back.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "ask again");

    held.rollback().await.unwrap();
    let refused = eventually("the read model has it", async || {
        let refused = team.change_consent(back.clone()).await.unwrap_err();
        (refused.code() != Code::Unavailable).then_some(refused)
    })
    .await;
    assert_eq!(bootstrap_reason(&refused), "PERSON_OPTED_OUT");
}

fn bootstrap_reason(status: &tonic::Status) -> String {
    bootstrap::reason(status).unwrap_or_default()
}

#[tokio::test]
async fn a_repeat_of_an_opt_in_is_answered_whatever_happened_since() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, people) = team.bare_people(1).await;
    let back = consent(&[&people[0]], &ALL, false);
    let token = team.change_consent(back.clone()).await.unwrap();
    let stop = wrote("e1", 1, AT, "stop");
    app.ingress.webhook(team.id, &account, &stop).await;
    app.ingress.consumed(&app.database.pool).await;
    assert_eq!(team.change_consent(back).await.unwrap(), token);
    let again = team
        .change_consent(consent(&[&people[0]], &ALL, false))
        .await;
    assert_eq!(again.unwrap_err().code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn nobody_is_written_to_by_a_disconnected_account_or_without_being_known() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, people) = team.bare_people(2).await;
    let deleted = team
        .delete(&[&people[1].contact_id], "DELETE")
        .await
        .unwrap();
    let unknown = [people[1].contact_id.clone(), Uuid::new_v4().to_string()];
    for contact_id in &unknown {
        let token = &deleted.consistency_token;
        let refused = team
            .check_consent(contact_id, Purpose::Broadcasts, token)
            .await;
        assert_eq!(refused.refusal(), ConsentRefusal::UnknownContact);
        assert_eq!(refused.contact_id, "");
    }
    let refused = team
        .check_identity(&account, 77, Purpose::Broadcasts, "")
        .await;
    assert_eq!(refused.refusal(), ConsentRefusal::UnknownContact);

    let request = DisconnectAccountRequest {
        request_id: Uuid::new_v4().to_string(),
        account_id: account,
    };
    let disconnected = team.accounts.disconnect_account(request).await.unwrap();
    let token = disconnected.into_inner().consistency_token;
    let refused = team
        .check_consent(&people[0].contact_id, Purpose::Broadcasts, &token)
        .await;
    assert_eq!(refused.refusal(), ConsentRefusal::AccountDisconnected);
    assert!(refused.since.is_some());
}

#[tokio::test]
async fn a_wrong_request_names_its_field() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let right = consent(&[&people[0]], &ALL, true);
    let wrong = |change: &dyn Fn(&mut ChangeConsentRequest)| {
        let mut request = right.clone();
        change(&mut request);
        request
    };
    let cases = [
        ("request_id", wrong(&|r| r.request_id.clear())),
        ("contact_ids", wrong(&|r| r.contact_ids.clear())),
        ("purposes", wrong(&|r| r.purposes.clear())),
        ("purposes[0]", wrong(&|r| r.purposes = vec![0])),
        ("purposes[1]", wrong(&|r| r.purposes = vec![1, 9])),
    ];
    for (field, request) in cases {
        let refused = team.change_consent(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(
            refused.message().starts_with(&format!("{field}:")),
            "{refused}"
        );
    }
    let of = |account: &str, external_id: &str| ContactReference {
        reference: Some(Reference::Identity(ExternalIdentity {
            account_id: account.to_owned(),
            external_id: external_id.to_owned(),
        })),
    };
    let known = || by_id(&people[0].contact_id);
    let account = Uuid::nil().to_string();
    let cases = [
        ("contacts", vec![]),
        ("contacts", vec![known(); 1001]),
        ("contacts[1].contact_id", vec![known(), by_id("x")]),
        ("contacts[0].contact_id", vec![ContactReference::default()]),
        ("contacts[0].identity.account_id", vec![of("", "U1")]),
        ("contacts[0].identity.external_id", vec![of(&account, " ")]),
        (
            "contacts[0].identity.external_id",
            vec![of(&account, &"U".repeat(513))],
        ),
    ];
    for (field, contacts) in cases {
        let refused = team.check(contacts, &[], "").await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(
            refused.message().starts_with(&format!("{field}:")),
            "{refused}"
        );
    }
    for (field, purposes, token) in [
        ("purposes[0]", [Purpose::Unspecified], ""),
        ("consistency_token", [Purpose::Broadcasts], "x"),
    ] {
        let refused = team.check(vec![known()], &purposes, token).await;
        let refused = refused.unwrap_err();
        assert!(
            refused.message().starts_with(&format!("{field}:")),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn many_are_asked_about_at_once_and_answered_in_their_order() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, people) = team.bare_people(3).await;
    let of = |name: &str| people.iter().find(|p| p.display_name == name).unwrap();
    let out = consent(&[of("Name 2")], &[Purpose::CartRemarketing], true);
    let token = team.change_consent(out).await.unwrap();
    let asked = vec![
        by_identity(&account, 2),
        by_id(&Uuid::new_v4().to_string()),
        by_id(&of("Name 1").contact_id),
        by_identity(&account, 77),
        by_id(&of("Name 2").contact_id),
    ];
    let answered = team.check(asked, &[], &token).await.unwrap();
    let ids: Vec<&str> = answered.iter().map(|c| c.contact_id.as_str()).collect();
    let (one, two) = (&*of("Name 1").contact_id, &*of("Name 2").contact_id);
    assert_eq!(ids, [two, "", one, "", two]);
    let allowed: Vec<Vec<bool>> = answered
        .iter()
        .map(|contact| contact.purposes.iter().map(|p| p.allowed).collect())
        .collect();
    let but_for_carts = vec![true, true, false];
    assert_eq!(
        allowed,
        [
            but_for_carts.clone(),
            vec![false; 3],
            vec![true; 3],
            vec![false; 3],
            but_for_carts
        ]
    );
    let refused = &answered[0].purposes[2];
    assert_eq!(refused.purpose(), Purpose::CartRemarketing);
    assert_eq!(refused.refusal(), ConsentRefusal::OptedOutByTeam);
    assert_eq!(
        answered[1].purposes[0].refusal(),
        ConsentRefusal::UnknownContact
    );
}

#[tokio::test]
async fn another_team_s_contacts_are_unknown() {
    let app = App::start().await;
    let mut owner = app.team();
    let mut stranger = app.team();
    let (account, people) = owner.bare_people(1).await;
    let out = consent(&[&people[0]], &ALL, true);
    let refused = stranger.change_consent(out).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(refused.message().starts_with("contact_ids[0]"), "{refused}");
    for refused in [
        stranger
            .check_consent(&people[0].contact_id, Purpose::Broadcasts, "")
            .await,
        stranger
            .check_identity(&account, 1, Purpose::Broadcasts, "")
            .await,
    ] {
        assert_eq!(refused.refusal(), ConsentRefusal::UnknownContact);
    }
}
