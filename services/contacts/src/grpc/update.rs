mod imported;

use bootstrap::{Principal, principal};
use contacts_domain::{ProfileChange, fold_email, fold_name, fold_phone};
use event_bus::ConsistencyToken;
use event_store::{AppendError, Appended, EventStore, Expected, LogPosition, read_head};
use events::{
    ContactEvent,
    contact::{ContactProfileChanged, Profile},
    to_bytes, to_timestamp,
};
use prost::Name as _;
use proto::contacts::v1::{Contact, UpdateContactRequest, UpdateContactResponse};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use self::imported::imported_within;
use super::ContactsGrpc;
use crate::{
    commands::{Command, CommandError, KnownContact, append_to_contact, find_contact},
    queries,
    sealing::{Place, seal_profile},
    status,
};

/// How often a change is decided anew when something else happened to the contact meanwhile.
const ATTEMPTS: usize = 5;

pub(super) async fn update(
    grpc: &ContactsGrpc,
    request: Request<UpdateContactRequest>,
) -> Result<Response<UpdateContactResponse>, Status> {
    let caller = principal(&request)?.clone();
    let request = request.into_inner();
    let request_id = status::parse_id("request_id", &request.request_id)?;
    let method = ("UpdateContact", request_id);
    let command = Command::new(&grpc.vault, &caller, method, &request).await;
    let wanted = request.contact.unwrap_or_default();
    let contact_id = status::parse_id("contact.contact_id", &wanted.contact_id)?;
    let mask = request.update_mask.unwrap_or_default();
    let update = Update {
        grpc,
        command: command.map_err(|error| bootstrap::internal(&error))?,
        change: change(&wanted, &mask.paths)?,
        etag: wanted.etag,
        contact: known(grpc, &caller, contact_id).await?,
    };
    let (contact, token) = update.run().await?;
    Ok(Response::new(UpdateContactResponse {
        contact: Some(contact),
        consistency_token: token.encode(),
    }))
}

async fn known(
    grpc: &ContactsGrpc,
    caller: &Principal,
    contact_id: Uuid,
) -> Result<KnownContact, Status> {
    find_contact(&grpc.pool, caller.team_id, contact_id)
        .await
        .map_err(|error| bootstrap::internal(&error))?
        .ok_or_else(status::no_contact)
}

/// The fields that the mask names, checked.
fn change(wanted: &Contact, paths: &[String]) -> Result<ProfileChange, Status> {
    if paths.is_empty() {
        return Err(status::required("update_mask"));
    }
    let mut change = ProfileChange::default();
    for (index, path) in paths.iter().enumerate() {
        let (field, text) = match path.as_str() {
            "display_name" => ("contact.display_name", wanted.display_name.as_str()),
            "phone" => ("contact.phone", wanted.phone.as_str()),
            "email" => ("contact.email", wanted.email.as_str()),
            "member_number" => ("contact.member_number", wanted.member_number.as_str()),
            _ => (&*format!("update_mask.paths[{index}]"), ""),
        };
        change.set(path, text).map_err(|error| {
            bootstrap::invalid_argument(field, "CONTACT_INVALID", error.to_string())
        })?;
    }
    Ok(change)
}

struct Update<'a> {
    grpc: &'a ContactsGrpc,
    command: Command,
    change: ProfileChange,
    etag: String,
    contact: KnownContact,
}

impl Update<'_> {
    async fn run(self) -> Result<(Contact, ConsistencyToken), Status> {
        if let Some(token) = self.before().await? {
            self.wait(&token).await?;
            return Ok((self.current().await?, token));
        }
        let mut attempt = 1;
        loop {
            // Before what it is based on is read, so that whoever changes it after that is noticed: in the
            // contact's own stream by the append itself, in an import's after it.
            let version = self.version().await?;
            let head = self.head().await?;
            self.wait(&self.token(head)).await?;
            let contact = self.current().await?;
            if !self.etag.is_empty() && self.etag != contact.etag {
                return Err(status::contact_changed());
            }
            let Some(profile) = self.change.apply(&profile_of(&contact)) else {
                return Ok((contact, ConsistencyToken::default()));
            };
            match self.append((version, head), contact, profile).await? {
                Some(updated) => return Ok(updated),
                None if attempt < ATTEMPTS => attempt += 1,
                None => return Err(status::contact_changed()),
            }
        }
    }

    fn store(&self) -> &EventStore {
        &self.grpc.eraser.store
    }

    /// What the same request came to before.
    async fn before(&self) -> Result<Option<ConsistencyToken>, Status> {
        let contact_id = self.contact.contact_id;
        let partition = self.store().partition_of(contact_id);
        let before = self.command.before(&self.grpc.pool, partition, contact_id);
        let at = before.await.map_err(|error| status::command(&error))?;
        Ok(at.map(|at| self.token(at)))
    }

    fn token(&self, at: LogPosition) -> ConsistencyToken {
        ConsistencyToken::of(&self.store().meta().name, at)
    }

    /// Everything that is in the log about the contact.
    async fn head(&self) -> Result<LogPosition, Status> {
        let partition = self.store().partition_of(self.contact.contact_id);
        let position = read_head(&self.grpc.pool, partition).await;
        Ok(LogPosition {
            partition,
            position: position.map_err(|error| bootstrap::internal(&error))?,
        })
    }

    async fn wait(&self, token: &ConsistencyToken) -> Result<(), Status> {
        let caught_up = self.grpc.progress.wait_for(token).await;
        caught_up.map_err(|error| status::behind(&error))
    }

    async fn current(&self) -> Result<Contact, Status> {
        let grpc = self.grpc;
        let contact_id = self.contact.contact_id;
        queries::find_contact(
            &grpc.pool,
            &grpc.vault,
            self.command.context.team_id,
            contact_id,
        )
        .await
        .map_err(|error| bootstrap::internal(&*error))?
        .ok_or_else(status::no_contact)
    }

    /// Of the contact's own stream.
    async fn version(&self) -> Result<i64, Status> {
        let contact_id = self.contact.contact_id;
        sqlx::query_scalar!(
            r#"SELECT coalesce(max(version), 0) AS "version!" FROM log_events
               WHERE partition = $1 AND stream_id = $2"#,
            self.store().partition_of(contact_id),
            contact_id,
        )
        .fetch_one(&self.grpc.pool)
        .await
        .map_err(|error| bootstrap::internal(&error))
    }

    /// `None`: something else happened to the contact first.
    async fn append(
        &self,
        (version, head): (i64, LogPosition),
        contact: Contact,
        profile: Profile,
    ) -> Result<Option<(Contact, ConsistencyToken)>, Status> {
        let Some(written) = self.write(&self.command, version, profile).await? else {
            return Ok(None);
        };
        // The very same request was faster; what it came to is read.
        let repeated = written.appended.repeated;
        let latest = if repeated {
            None
        } else {
            self.keep_imported(head, &written).await?
        };
        if repeated || latest.is_some() {
            let at = latest.unwrap_or(written.appended.at);
            let token = self.token(at);
            self.wait(&token).await?;
            return Ok(Some((self.current().await?, token)));
        }
        let token = self.token(written.appended.at);
        let contact = changed(contact, written.profile, written.event_id);
        Ok(Some((contact, token)))
    }

    /// Imports have streams of their own: what one said of the contact between `head` and the change was
    /// overwritten, and is restored, but for what the change is about. `None`: there was none.
    async fn keep_imported(
        &self,
        head: LogPosition,
        written: &Written,
    ) -> Result<Option<LogPosition>, Status> {
        let again = self.command.further();
        let mut since = head.position;
        let mut appended = written.appended.clone();
        let mut known = written.profile.clone();
        let mut latest = None;
        for _ in 0..ATTEMPTS {
            let Some(imported) = self.imported(since, appended.at).await? else {
                return Ok(latest);
            };
            let profile = self.change.apply(&imported).unwrap_or(imported);
            // It was there already when the contact was read.
            if profile == known {
                return Ok(latest);
            }
            let written = self.write(&again, appended.version, profile).await?;
            let written = written.ok_or_else(status::contact_changed)?;
            since = appended.at.position;
            appended = written.appended;
            known = written.profile;
            latest = Some(appended.at);
        }
        Err(status::contact_changed())
    }

    /// What an import said between two positions, both left out.
    async fn imported(&self, since: i64, before: LogPosition) -> Result<Option<Profile>, Status> {
        imported_within(
            (&self.grpc.pool, &self.grpc.vault),
            self.command.context.team_id,
            self.contact.contact_id,
            before.partition,
            since.saturating_add(1)..before.position,
        )
        .await
        .map_err(|error| bootstrap::internal(&*error))
    }

    /// `None`: something else happened to the contact first.
    async fn write(
        &self,
        command: &Command,
        version: i64,
        profile: Profile,
    ) -> Result<Option<Written>, Status> {
        let event_id = Uuid::now_v7();
        let event = self.event(event_id, &profile).await?;
        let appended = append_to_contact(
            self.store(),
            command,
            self.contact.contact_id,
            Expected::Version(version),
            event_id,
            &event,
        );
        match appended.await {
            Ok(appended) => Ok(Some(Written {
                event_id,
                profile,
                appended,
            })),
            Err(CommandError::Append(AppendError::Conflict { .. })) => Ok(None),
            Err(error) => Err(status::command(&error)),
        }
    }

    async fn event(&self, event_id: Uuid, profile: &Profile) -> Result<ContactEvent, Status> {
        let team_id = self.command.context.team_id;
        let KnownContact {
            contact_id,
            account_id,
        } = self.contact;
        let vault = &self.grpc.vault;
        let keys = vault.ensure_contact_keys(team_id, &[contact_id]).await;
        let keys = keys.map_err(|error| bootstrap::internal(&error))?;
        // Erased since it was looked up.
        let key = keys.live(contact_id).ok_or_else(status::no_contact)?;
        let lookup = vault.lookup_key(team_id).await;
        let lookup = lookup.map_err(|error| bootstrap::internal(&error))?;
        let of_text = |text: &str, hash: &dyn Fn(&str) -> [u8; 32]| {
            if text.is_empty() {
                Vec::new()
            } else {
                hash(text).to_vec()
            }
        };
        let place = Place {
            team: team_id,
            contact: contact_id,
            event: event_id,
        };
        let event_type = ContactProfileChanged::full_name();
        Ok(ContactEvent::ProfileChanged(ContactProfileChanged {
            contact_id: to_bytes(contact_id),
            account_id: to_bytes(account_id),
            sealed_profile: seal_profile(key, place, &event_type, profile),
            member_key: of_text(&profile.member_number, &|text| lookup.member(text)),
            name_key: of_text(&fold_name(&profile.display_name), &|text| lookup.name(text)),
            email_key: of_text(&fold_email(&profile.email), &|text| lookup.email(text)),
            phone_key: of_text(&fold_phone(&profile.phone), &|text| lookup.phone(text)),
            changed_at: Some(to_timestamp(self.grpc.eraser.clock.now())),
        }))
    }
}

/// A change in the log.
struct Written {
    event_id: Uuid,
    profile: Profile,
    appended: Appended,
}

fn profile_of(contact: &Contact) -> Profile {
    Profile {
        external_id: contact.external_id.clone(),
        display_name: contact.display_name.clone(),
        phone: contact.phone.clone(),
        email: contact.email.clone(),
        member_number: contact.member_number.clone(),
    }
}

/// The contact as the read model will have it.
fn changed(contact: Contact, profile: Profile, event_id: Uuid) -> Contact {
    Contact {
        display_name: profile.display_name,
        phone: profile.phone,
        email: profile.email,
        member_number: profile.member_number,
        etag: event_id.simple().to_string(),
        ..contact
    }
}
