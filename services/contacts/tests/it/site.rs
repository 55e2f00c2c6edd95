//! Browsers of the shop's site that are known to be a contact's.

use proto::contacts::v1::{BindSiteRequest, UnbindSiteRequest};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::app::{App, Team};

async fn bind(team: &mut Team, contact_id: &str, visitor_id: &str) -> Result<String, Status> {
    let request = BindSiteRequest {
        contact_id: contact_id.to_owned(),
        visitor_id: visitor_id.to_owned(),
    };
    let bound = team.contacts.bind_site(request).await?;
    Ok(bound.into_inner().consistency_token)
}

async fn unbind(team: &mut Team, contact_id: &str) -> Result<String, Status> {
    let request = UnbindSiteRequest {
        contact_id: contact_id.to_owned(),
    };
    let unbound = team.contacts.unbind_site(request).await?;
    Ok(unbound.into_inner().consistency_token)
}

#[tokio::test]
async fn a_contact_is_bound_until_it_is_unbound() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let contact_id = people[0].contact_id.as_str();
    assert!(!people[0].site_bound);
    let visitor = Uuid::new_v4().to_string();
    for _ in 0..2 {
        let token = bind(&mut team, contact_id, &visitor).await.unwrap();
        let contact = team.contact_after(contact_id, &token).await.unwrap();
        assert!(contact.site_bound);
    }
    let token = unbind(&mut team, contact_id).await.unwrap();
    let contact = team.contact_after(contact_id, &token).await.unwrap();
    assert!(!contact.site_bound);
    let token = bind(&mut team, contact_id, &visitor).await.unwrap();
    let contact = team.contact_after(contact_id, &token).await.unwrap();
    assert!(contact.site_bound);
}

#[tokio::test]
async fn only_a_known_contact_of_the_team_is_bound() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let contact_id = people[0].contact_id.as_str();
    let visitor = Uuid::new_v4().to_string();
    let mut stranger = app.team();
    let bound = bind(&mut stranger, contact_id, &visitor).await.unwrap_err();
    assert_eq!(bound.code(), Code::NotFound);
    let unbound = unbind(&mut stranger, contact_id).await.unwrap_err();
    assert_eq!(unbound.code(), Code::NotFound);
    for (contact, visitor, field) in [
        ("x", &*visitor, "contact_id"),
        (contact_id, "x", "visitor_id"),
    ] {
        let refused = bind(&mut team, contact, visitor).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(field), "{refused}");
    }
    team.delete(&[contact_id], "DELETE").await.unwrap();
    let bound = bind(&mut team, contact_id, &visitor).await.unwrap_err();
    assert_eq!(bound.code(), Code::NotFound);
}
