//! How each RPC is tried.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use uuid::Uuid;

/// One of everything of a team. Whatever is told of it begins with its word.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    pub(super) word: &'static str,
    pub(super) external: String,
    pub(super) account: String,
    /// An account of Messenger's.
    pub(super) page: String,
    pub(super) contact: String,
    pub(super) tag: String,
    pub(super) segment: String,
    pub(super) job: String,
    pub(super) broadcast: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Change,
    /// No team may.
    Services,
}

/// The messages to call `method` with; `None` for one that is not known here.
pub(super) fn requests(method: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let (service, rpc) = method.strip_prefix("fanfare.")?.split_once('/')?;
    match service {
        "contacts.v1.AccountsService" => accounts(rpc, ids),
        "contacts.v1.ContactsService" => contacts(rpc, ids),
        "contacts.v1.TagsService" => tags(rpc, ids),
        "contacts.v1.ConsentService" | "contacts.v1.ConversationService" => talk(rpc, ids),
        "contacts.v1.JobsService" => jobs(rpc, ids),
        "segmentation.v1.SegmentationService" | "segmentation.v1.SegmentsService" => {
            segments(rpc, ids)
        }
        "broadcast.v1.BroadcastService" | "broadcast.v1.TemplatesService" => broadcasts(rpc, ids),
        "reporting.v1.ReportingService" => reports(rpc, ids),
        "log.v1.LogService" | "log.v1.ConsumerService" => Some((Kind::Services, vec![json!({})])),
        _ => None,
    }
}

fn read(request: Value) -> (Kind, Vec<Value>) {
    (Kind::Read, vec![request])
}

fn change(request: Value) -> (Kind, Vec<Value>) {
    (Kind::Change, vec![request])
}

fn new_id() -> String {
    Uuid::new_v4().to_string()
}

fn credentials(ids: &Ids) -> Value {
    let word = ids.word;
    json!({ "line": {
        "accessToken": format!("{word}-token"),
        "channelSecret": format!("{word}-secret"),
    } })
}

fn accounts(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let account = &ids.account;
    let with_credentials = json!({
        "requestId": new_id(), "accountId": account, "credentials": credentials(ids),
    });
    Some(match rpc {
        "ConnectAccount" => change(json!({
            "requestId": new_id(),
            "channel": "CHANNEL_LINE",
            "name": format!("{}'s shop", ids.word),
            "country": "TW",
            "credentials": credentials(ids),
        })),
        "ListAccounts" => read(json!({})),
        "GetAccount" => read(json!({ "accountId": account })),
        "RotateCredentials" | "ReconnectAccount" => change(with_credentials),
        "DisconnectAccount" => change(json!({ "requestId": new_id(), "accountId": account })),
        _ => return None,
    })
}

fn contacts(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let (word, account, contact) = (ids.word, &ids.account, &ids.contact);
    let file = format!(
        "external_id,display_name,phone,tags\n{},{word}'s Mia,0912345678,{word}-tag\n",
        ids.external
    );
    Some(match rpc {
        "ImportContacts" => (
            Kind::Change,
            vec![
                json!({ "start": { "accountId": account, "format": "IMPORT_FORMAT_CSV" } }),
                json!({ "data": base64(&file) }),
            ],
        ),
        "ListContacts" => read(json!({ "accountId": account })),
        "GetContact" | "ShowHistory" => read(json!({ "contactId": contact })),
        "UpdateContact" => change(json!({
            "requestId": new_id(),
            "contact": { "contactId": contact, "displayName": format!("{word}'s Mia Chen") },
            "updateMask": "displayName",
        })),
        "BindSite" => change(json!({ "contactId": contact, "visitorId": new_id() })),
        "UnbindSite" => change(json!({ "contactId": contact })),
        "DeleteContacts" => change(json!({ "contactIds": [contact], "confirmation": "DELETE" })),
        _ => return None,
    })
}

fn tags(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let (word, tag) = (ids.word, &ids.tag);
    Some(match rpc {
        "CreateTag" => change(json!({ "name": format!("{word}-new-tag") })),
        "RenameTag" => change(json!({ "tagId": tag, "name": format!("{word}-other-tag") })),
        "DeleteTag" => change(json!({ "tagId": tag })),
        "TagContacts" => change(json!({
            "requestId": new_id(), "contactIds": [ids.contact], "addTags": [format!("{word}-tag")],
        })),
        _ => return None,
    })
}

fn talk(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let contact = &ids.contact;
    Some(match rpc {
        "ChangeConsent" => change(json!({
            "requestId": new_id(), "contactIds": [contact], "purposes": ["PURPOSE_BROADCASTS"],
            "optedOut": true,
        })),
        "CheckConsent" => read(json!({ "contacts": [
            { "contactId": contact },
            { "identity": { "accountId": ids.account, "externalId": ids.external } },
        ] })),
        "RecordMessage" => change(json!({
            "requestId": new_id(), "contactId": contact, "source": "MESSAGE_SOURCE_AGENT",
            "text": format!("{}-message", ids.word),
        })),
        "ListMessages" => read(json!({ "contactId": contact })),
        _ => return None,
    })
}

fn jobs(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let job = json!({ "jobId": ids.job });
    Some(match rpc {
        "StartJob" => change(json!({
            "jobId": ids.job,
            "accountId": ids.account,
            "filter": { "hasAnyTag": { "tags": [format!("{}-tag", ids.word)] } },
            "tag": { "addTags": [format!("{}-job", ids.word)] },
        })),
        "GetJob" | "WatchJob" => read(job),
        "ListJobs" => read(json!({})),
        "CancelJob" => change(job),
        _ => return None,
    })
}

fn segments(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let account = &ids.account;
    Some(match rpc {
        "CountContacts" | "ListContacts" | "GetTotals" => read(json!({ "accountId": account })),
        "ExportContacts" => read(json!({ "accountId": account, "format": "EXPORT_FORMAT_CSV" })),
        "ListTags" | "ListSegments" => read(json!({})),
        "ResolveAudience" => (Kind::Services, vec![json!({ "accountId": account })]),
        "ParseFilter" => change(json!({ "text": "status = all" })),
        "SaveSegment" => change(json!({
            "segmentId": ids.segment,
            "name": format!("{}'s people", ids.word),
            "filterText": format!("tag:{}-tag", ids.word),
        })),
        "GetSegment" => read(json!({ "segmentId": ids.segment })),
        "DeleteSegment" => change(json!({ "segmentId": ids.segment })),
        _ => return None,
    })
}

fn broadcasts(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let broadcast = json!({ "broadcastId": ids.broadcast });
    Some(match rpc {
        "CreateBroadcast" => change(json!({
            "requestId": new_id(),
            "accountId": ids.account,
            "name": format!("{}'s spring", ids.word),
            "messages": [{ "text": { "text": format!("{}-news", ids.word) } }],
        })),
        "PreviewBroadcast" | "GetBroadcast" => read(broadcast),
        "ConfirmBroadcast" => change(json!({
            "broadcastId": ids.broadcast, "previewHash": "x", "requestId": new_id(),
        })),
        "ResumeBroadcast" => change(broadcast),
        "ListBroadcasts" => read(json!({})),
        "ListTemplates" => read(json!({ "accountId": ids.page })),
        _ => return None,
    })
}

fn reports(rpc: &str, ids: &Ids) -> Option<(Kind, Vec<Value>)> {
    let broadcast = json!({ "broadcastId": ids.broadcast });
    Some(match rpc {
        "GetBroadcastReport" | "ListAttributedOrders" => read(broadcast),
        "ListRecipients" => read(json!({
            "broadcastId": ids.broadcast, "status": "RECIPIENT_STATUS_AUDIENCE",
        })),
        "ListBroadcastReports" => read(json!({})),
        _ => return None,
    })
}

/// As protobuf JSON has bytes.
fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}
