use bootstrap::principal;
use chrono::{DateTime, Utc};
use contacts_domain::OptedOut;
use events::{common::Purpose, to_timestamp};
use proto::contacts::v1::{
    CheckConsentRequest, CheckConsentResponse, ConsentRefusal, ExternalIdentity,
    check_consent_request::Contact,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{ConsentGrpc, Standing, purpose_of, standings};
use crate::status;

const EXTERNAL_ID_BYTES_MAX: usize = 512;

pub(super) async fn check(
    grpc: &ConsentGrpc,
    request: Request<CheckConsentRequest>,
) -> Result<Response<CheckConsentResponse>, Status> {
    let team_id = principal(&request)?.team_id;
    let request = request.into_inner();
    let purpose = purpose_of("purpose", request.purpose)?;
    let contact = request
        .contact
        .ok_or_else(|| status::required("contact_id"))?;
    status::caught_up(&grpc.progress, &request.consistency_token).await?;
    let standing = match contact {
        Contact::ContactId(contact_id) => {
            let contact_id = status::parse_id("contact_id", &contact_id)?;
            let standings = standings(&grpc.pool, team_id, &[contact_id]).await;
            standings
                .map_err(|error| bootstrap::internal(&error))?
                .pop()
        }
        Contact::Identity(identity) => find(grpc, team_id, &identity).await?,
    };
    Ok(Response::new(answer(standing.as_ref(), purpose)))
}

/// A contact by what its channel calls it, in one query.
async fn find(
    grpc: &ConsentGrpc,
    team_id: Uuid,
    identity: &ExternalIdentity,
) -> Result<Option<Standing>, Status> {
    let account_id = status::parse_id("identity.account_id", &identity.account_id)?;
    let external_id = identity.external_id.trim();
    if external_id.is_empty() {
        return Err(status::required("identity.external_id"));
    }
    if external_id.len() > EXTERNAL_ID_BYTES_MAX {
        return Err(bootstrap::invalid_argument(
            "identity.external_id",
            "TOO_LONG",
            "is longer than any channel's id",
        ));
    }
    let lookup = grpc.vault.lookup_key(team_id).await;
    let lookup = lookup.map_err(|error| bootstrap::internal(&error))?;
    let identity = lookup.identity(account_id, external_id);
    find_by_identity(&grpc.pool, team_id, account_id, &identity)
        .await
        .map_err(|error| bootstrap::internal(&error))
}

async fn find_by_identity(
    pool: &PgPool,
    team_id: Uuid,
    account_id: Uuid,
    identity: &[u8],
) -> sqlx::Result<Option<Standing>> {
    let row = sqlx::query!(
        r#"SELECT contact_id, consent, followed_at, blocked_at, accounts.disconnected_at AS "disconnected_at?"
           FROM contact_identities known
           JOIN contacts USING (contact_id)
           LEFT JOIN accounts ON accounts.account_id = known.account_id
           WHERE known.team_id = $1 AND known.account_id = $2 AND known.identity = $3
             AND contacts.erased_at IS NULL"#,
        team_id,
        account_id,
        identity,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| {
        Standing::new(
            row.contact_id,
            row.consent.as_deref(),
            row.followed_at,
            row.blocked_at,
            row.disconnected_at,
        )
    }))
}

/// Of several reasons, the one that whoever asks can do least about.
fn answer(standing: Option<&Standing>, purpose: Purpose) -> CheckConsentResponse {
    let Some(standing) = standing else {
        return CheckConsentResponse {
            refusal: ConsentRefusal::UnknownContact.into(),
            ..CheckConsentResponse::default()
        };
    };
    let refused = refused(standing, purpose);
    CheckConsentResponse {
        allowed: refused.is_none(),
        refusal: refused.map_or(0, |(refusal, _)| refusal.into()),
        contact_id: standing.contact_id.to_string(),
        since: refused.map(|(_, since)| to_timestamp(since)),
    }
}

fn refused(standing: &Standing, purpose: Purpose) -> Option<(ConsentRefusal, DateTime<Utc>)> {
    if let Some(since) = standing.disconnected_at() {
        return Some((ConsentRefusal::AccountDisconnected, since));
    }
    if let Some(since) = standing.blocked_at() {
        return Some((ConsentRefusal::Blocked, since));
    }
    Some(match standing.opted_out(purpose)? {
        OptedOut::ByPerson(since) => (ConsentRefusal::OptedOutByPerson, since),
        OptedOut::ByTeam(since) => (ConsentRefusal::OptedOutByTeam, since),
    })
}
