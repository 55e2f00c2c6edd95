use std::collections::HashMap;

use bootstrap::principal;
use chrono::{DateTime, Utc};
use contacts_domain::{OptedOut, PURPOSES};
use events::{common::Purpose, to_timestamp};
use proto::contacts::v1::{
    CheckConsentRequest, CheckConsentResponse, ConsentRefusal, ContactConsent, ContactReference,
    ExternalIdentity, PurposeConsent, contact_reference::Reference,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use vault::LookupKey;

use super::{ConsentGrpc, purposes};
use crate::{
    commands::{Identity, Standing, contacts_of, standings},
    status,
};

const CONTACTS_MAX: usize = 1000;
const EXTERNAL_ID_BYTES_MAX: usize = 512;

pub(super) async fn check(
    grpc: &ConsentGrpc,
    request: Request<CheckConsentRequest>,
) -> Result<Response<CheckConsentResponse>, Status> {
    let team_id = principal(&request)?.team_id;
    let request = request.into_inner();
    let purposes = if request.purposes.is_empty() {
        PURPOSES.to_vec()
    } else {
        purposes(&request.purposes)?
    };
    let lookup = grpc.vault.lookup_key(team_id).await;
    let lookup = lookup.map_err(|error| bootstrap::internal(&error))?;
    let asked = parse(&lookup, &request.contacts)?;
    status::caught_up(&grpc.progress, &request.consistency_token).await?;
    let standings = find(grpc, team_id, &asked).await;
    let standings = standings.map_err(|error| bootstrap::internal(&error))?;
    let answers = standings
        .iter()
        .map(|standing| answer(standing.as_ref(), &purposes));
    Ok(Response::new(CheckConsentResponse {
        contacts: answers.collect(),
    }))
}

/// Whom somebody asks about.
enum Asked {
    Contact(Uuid),
    Identity(Identity),
}

fn parse(lookup: &LookupKey, contacts: &[ContactReference]) -> Result<Vec<Asked>, Status> {
    if !(1..=CONTACTS_MAX).contains(&contacts.len()) {
        return Err(bootstrap::invalid_argument(
            "contacts",
            "CONTACT_COUNT",
            "give 1 to 1000 contacts",
        ));
    }
    let contacts = contacts.iter().enumerate();
    let asked = contacts.map(|(index, contact)| {
        let field = format!("contacts[{index}]");
        match &contact.reference {
            Some(Reference::ContactId(contact_id)) => {
                let contact_id = status::parse_id(&format!("{field}.contact_id"), contact_id)?;
                Ok(Asked::Contact(contact_id))
            }
            Some(Reference::Identity(identity)) => {
                identity_of(lookup, &format!("{field}.identity"), identity).map(Asked::Identity)
            }
            None => Err(status::required(&format!("{field}.contact_id"))),
        }
    });
    asked.collect()
}

fn identity_of(
    lookup: &LookupKey,
    field: &str,
    identity: &ExternalIdentity,
) -> Result<Identity, Status> {
    let account_id = status::parse_id(&format!("{field}.account_id"), &identity.account_id)?;
    let external_id = identity.external_id.trim();
    if external_id.is_empty() {
        return Err(status::required(&format!("{field}.external_id")));
    }
    if external_id.len() > EXTERNAL_ID_BYTES_MAX {
        return Err(bootstrap::invalid_argument(
            &format!("{field}.external_id"),
            "TOO_LONG",
            "is longer than any channel's id",
        ));
    }
    Ok((
        account_id,
        lookup.identity(account_id, external_id).to_vec(),
    ))
}

/// How each of them stands, in the same order, in two queries. `None`: nobody is known by it.
async fn find(
    grpc: &ConsentGrpc,
    team_id: Uuid,
    asked: &[Asked],
) -> sqlx::Result<Vec<Option<Standing>>> {
    let identities = asked.iter().filter_map(|asked| match asked {
        Asked::Contact(_) => None,
        Asked::Identity(identity) => Some(identity.clone()),
    });
    let known = contacts_of(&grpc.pool, team_id, identities.collect()).await?;
    let contact_ids: Vec<Option<Uuid>> = asked
        .iter()
        .map(|asked| match asked {
            Asked::Contact(contact_id) => Some(*contact_id),
            Asked::Identity(identity) => known.get(identity).copied(),
        })
        .collect();
    let wanted: Vec<Uuid> = contact_ids.iter().flatten().copied().collect();
    let standings = standings(&grpc.pool, team_id, &wanted).await?;
    let standings: HashMap<Uuid, Standing> = standings
        .into_iter()
        .map(|standing| (standing.contact_id, standing))
        .collect();
    Ok(contact_ids
        .into_iter()
        .map(|contact_id| standings.get(&contact_id?).cloned())
        .collect())
}

fn answer(standing: Option<&Standing>, purposes: &[Purpose]) -> ContactConsent {
    let contact_id = standing.map(|standing| standing.contact_id.to_string());
    let purposes = purposes.iter().map(|purpose| {
        let refused = match standing {
            Some(standing) => refused(standing, *purpose),
            None => Some((ConsentRefusal::UnknownContact, None)),
        };
        PurposeConsent {
            purpose: i32::from(*purpose),
            allowed: refused.is_none(),
            refusal: refused.map_or(0, |(refusal, _)| refusal.into()),
            since: refused.and_then(|(_, since)| since).map(to_timestamp),
        }
    });
    ContactConsent {
        contact_id: contact_id.unwrap_or_default(),
        purposes: purposes.collect(),
    }
}

/// Of several reasons, the one that whoever asks can do least about.
fn refused(
    standing: &Standing,
    purpose: Purpose,
) -> Option<(ConsentRefusal, Option<DateTime<Utc>>)> {
    let (refusal, since) = if let Some(since) = standing.disconnected_at() {
        (ConsentRefusal::AccountDisconnected, since)
    } else if let Some(since) = standing.blocked_at() {
        (ConsentRefusal::Blocked, since)
    } else {
        match standing.opted_out(purpose)? {
            OptedOut::ByPerson(since) => (ConsentRefusal::OptedOutByPerson, since),
            OptedOut::ByTeam(since) => (ConsentRefusal::OptedOutByTeam, since),
        }
    };
    Some((refusal, Some(since)))
}
