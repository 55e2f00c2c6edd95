//! What a request for a job asks for, or which of its fields is wrong.

use bootstrap::{Principal, invalid_argument};
use contacts_domain::Tag;
use events::{common::Purpose, segment::Filter};
use prost::Message as _;
use proto::contacts::v1::{ConsentJob, DeleteJob, StartJobRequest, TagJob, start_job_request};
use tonic::Status;

use crate::{
    jobs::{Asked, AskedAction},
    status,
};

const TAGS_MAX: usize = 50;
/// What whoever wants contacts to be deleted has to type.
const CONFIRMATION: &str = "DELETE";

pub(super) fn read(caller: &Principal, request: StartJobRequest) -> Result<Asked, Status> {
    let bytes = request.encode_to_vec();
    let job_id = status::parse_id("job_id", &request.job_id)?;
    let account_id = status::parse_id("account_id", &request.account_id)?;
    let filter = request.filter.unwrap_or_default();
    segmentation_domain::Filter::from_proto(Some(&filter))
        .map_err(|error| invalid_argument(&error.path, error.reason, error.message.clone()))?;
    let action = match request.action {
        Some(start_job_request::Action::Tag(job)) => tag(filter, &job)?,
        Some(start_job_request::Action::Consent(job)) => consent(filter, &job)?,
        Some(start_job_request::Action::Delete(job)) => delete(filter, &job)?,
        None => return Err(status::required("action")),
    };
    Ok(Asked {
        team_id: caller.team_id,
        actor: caller.subject.clone(),
        job_id,
        account_id,
        request: bytes,
        action,
    })
}

fn tag(filter: Filter, job: &TagJob) -> Result<AskedAction, Status> {
    let added = tags("tag.add_tags", &job.add_tags)?;
    let removed = tags("tag.remove_tags", &job.remove_tags)?;
    if added.is_empty() && removed.is_empty() {
        return Err(status::required("tag.add_tags"));
    }
    if let Some(both) = removed.iter().position(|tag| added.contains(tag)) {
        let field = format!("tag.remove_tags[{both}]");
        return Err(invalid_argument(
            &field,
            "TAG_ADDED_TOO",
            "is added as well; do one of the two",
        ));
    }
    Ok(AskedAction::Tag {
        filter,
        added,
        removed,
    })
}

/// Trimmed, each once.
fn tags(field: &str, names: &[String]) -> Result<Vec<Tag>, Status> {
    if names.len() > TAGS_MAX {
        return Err(invalid_argument(
            field,
            "TOO_MANY_TAGS",
            "give at most 50 tags",
        ));
    }
    let mut tags = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let tag = Tag::parse(name).map_err(|error| {
            invalid_argument(
                &format!("{field}[{index}]"),
                "TAG_INVALID",
                error.to_string(),
            )
        })?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

fn consent(filter: Filter, job: &ConsentJob) -> Result<AskedAction, Status> {
    if job.purposes.is_empty() {
        return Err(status::required("consent.purposes"));
    }
    let mut purposes = Vec::new();
    for (index, purpose) in job.purposes.iter().enumerate() {
        match Purpose::try_from(*purpose) {
            Ok(Purpose::Unspecified) | Err(_) => {
                let field = format!("consent.purposes[{index}]");
                return Err(invalid_argument(
                    &field,
                    "PURPOSE_INVALID",
                    "is not a purpose",
                ));
            }
            Ok(purpose) => purposes.push(purpose),
        }
    }
    purposes.sort_unstable();
    purposes.dedup();
    Ok(AskedAction::Consent {
        filter,
        purposes,
        opted_out: job.opted_out,
    })
}

fn delete(filter: Filter, job: &DeleteJob) -> Result<AskedAction, Status> {
    if job.confirmation != CONFIRMATION {
        return Err(invalid_argument(
            "delete.confirmation",
            "NOT_CONFIRMED",
            "deleting can't be undone; type the word DELETE",
        ));
    }
    if job.expected_contacts < 1 {
        return Err(invalid_argument(
            "delete.expected_contacts",
            "EXPECTED_CONTACTS",
            "say how many contacts are to be deleted, as a count of the same filter gives it",
        ));
    }
    Ok(AskedAction::Delete {
        filter,
        expected_contacts: job.expected_contacts,
    })
}
