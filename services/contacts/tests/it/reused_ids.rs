//! A request id that was used for something else.

use prost_types::FieldMask;
use proto::{
    common::v1::Purpose,
    contacts::v1::{
        ChangeConsentRequest, Contact, MessageSource, RecordMessageRequest, TagContactsRequest,
        UpdateContactRequest,
    },
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::{
    app::{App, Team},
    talk::{consent, tagging},
};

#[tokio::test]
async fn tags_of_another_request_are_refused_and_change_nothing() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(8).await;
    let request = tagging(&[&people[0]], &["vip"], &[]);
    team.tag(request.clone()).await.unwrap();
    let events = app.events().await;
    let under_the_same_id = |other: TagContactsRequest| TagContactsRequest {
        request_id: request.request_id.clone(),
        ..other
    };
    let all: Vec<&Contact> = people.iter().collect();
    let others: Vec<&Contact> = people.iter().skip(1).collect();
    for other in [
        tagging(&[&people[0]], &["gold"], &[]),
        tagging(&[&people[0]], &[], &["vip"]),
        tagging(&all, &["vip"], &[]),
        tagging(&others, &["vip"], &[]),
        tagging(&[&people[1]], &["vip"], &[]),
    ] {
        is_refused(team.tag(under_the_same_id(other)).await);
    }
    team.tag(request).await.unwrap();
    assert_eq!(app.events().await, events);
}

#[tokio::test]
async fn consent_of_another_request_is_refused_and_changes_nothing() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(8).await;
    let all: Vec<&Contact> = people.iter().collect();
    let request = consent(&[&people[0]], &[Purpose::Broadcasts], false);
    let token = team.change_consent(request.clone()).await.unwrap();
    let events = app.events().await;
    for other in [
        consent(&[&people[0]], &[Purpose::Broadcasts], true),
        consent(&[&people[0]], &[Purpose::SiteMarketing], false),
        consent(&all, &[Purpose::Broadcasts], false),
    ] {
        let other = ChangeConsentRequest {
            request_id: request.request_id.clone(),
            ..other
        };
        is_refused(team.change_consent(other).await);
    }
    assert_eq!(team.change_consent(request.clone()).await.unwrap(), token);
    assert_eq!(app.events().await, events);

    // The receipts of earlier releases do not say what was asked for.
    sqlx::query!("UPDATE log_receipts SET answer = ''")
        .execute(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(team.change_consent(request).await.unwrap(), token);
}

#[tokio::test]
async fn another_text_and_another_name_are_refused() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let said = RecordMessageRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: people[0].contact_id.clone(),
        source: MessageSource::Agent.into(),
        text: "on its way".to_owned(),
        sent_at: None,
    };
    let token = record(&mut team, said.clone()).await.unwrap();
    let named = UpdateContactRequest {
        contact: Some(Contact {
            display_name: "Mei".to_owned(),
            ..people[0].clone()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
        request_id: Uuid::new_v4().to_string(),
    };
    let updated = update(&mut team, named.clone()).await.unwrap();
    let events = app.events().await;

    let other = RecordMessageRequest {
        text: "sold out".to_owned(),
        ..said.clone()
    };
    is_refused(record(&mut team, other).await);
    let other = UpdateContactRequest {
        contact: Some(Contact {
            display_name: "Ming".to_owned(),
            ..people[0].clone()
        }),
        ..named.clone()
    };
    is_refused(update(&mut team, other).await);
    assert_eq!(record(&mut team, said).await.unwrap(), token);
    assert_eq!(update(&mut team, named).await.unwrap(), updated);
    assert_eq!(app.events().await, events);
}

async fn record(team: &mut Team, request: RecordMessageRequest) -> Result<String, Status> {
    let recorded = team.talk.conversation.record_message(request).await?;
    Ok(recorded.into_inner().consistency_token)
}

async fn update(
    team: &mut Team,
    request: UpdateContactRequest,
) -> Result<(Option<Contact>, String), Status> {
    let updated = team.contacts.update_contact(request).await?.into_inner();
    Ok((updated.contact, updated.consistency_token))
}

fn is_refused<T: std::fmt::Debug>(answer: Result<T, Status>) {
    let refused = answer.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    let reason = refused.get_details_error_info().unwrap().reason;
    assert_eq!(reason, "REQUEST_ID_REUSED");
    assert!(refused.message().starts_with("request_id:"), "{refused}");
}
