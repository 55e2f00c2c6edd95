use std::{collections::HashMap, time::Duration};

use axum::http::Method;
use serde_json::Value;

use super::{
    asset::Call,
    error::GraphError,
    faults::{GraphFaultKind, GraphFaults},
    request::GraphRequest,
};
use crate::{messenger::Page, whatsapp::Phone};

/// Every page and phone number.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) phones: HashMap<String, Phone>,
    pub(crate) pages: HashMap<String, Page>,
    pub(crate) faults: GraphFaults,
}

/// What a request comes to, before it is put into bytes.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) outcome: Outcome,
    /// Before the second half of the body, or before all of it.
    pub(crate) delay: Option<Delay>,
    /// `X-Business-Use-Case-Usage` and `X-App-Usage`.
    pub(crate) usage: Option<(Value, Value)>,
}

#[derive(Debug, Default)]
pub(crate) enum Outcome {
    Answer(Value),
    Refused(GraphError),
    /// A status, and a page of HTML instead of an envelope.
    Broken(u16),
    #[default]
    Dropped,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Delay {
    Answer(Duration),
    Body(Duration),
}

/// What a token speaks for.
enum Asset<'a> {
    Phone(&'a mut Phone),
    Page(&'a mut Page),
}

impl Graph {
    /// As a channel's: settings stay, what happened is forgotten.
    pub(crate) fn reset(&mut self, now: Duration) {
        self.faults = GraphFaults::default();
        for (id, phone) in &mut self.phones {
            *phone = Phone::new(id.clone(), phone.settings.clone(), now);
        }
        for (id, page) in &mut self.pages {
            *page = Page::new(id.clone(), page.settings.clone(), now);
        }
    }

    pub(crate) fn answer(&mut self, call: Call<'_>) -> Reply {
        let (phones, pages) = (&mut self.phones, &mut self.pages);
        let asset = match find(phones, pages, call.request) {
            Ok(asset) => asset,
            Err(error) => return Reply::refused(error),
        };
        let id = asset.id().to_owned();
        let fault = self.faults.strike(&id, call.request.endpoint());
        asset.answer(call, fault)
    }
}

/// A token is looked for first: nothing is said of a node to a stranger.
fn find<'a>(
    phones: &'a mut HashMap<String, Phone>,
    pages: &'a mut HashMap<String, Page>,
    request: &GraphRequest,
) -> Result<Asset<'a>, GraphError> {
    let unknown =
        || GraphError::new(190).saying("Invalid OAuth access token - Cannot parse access token");
    let token = request.token.as_deref().filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| {
        GraphError::new(104).saying("An access token is required to request this resource.")
    })?;
    let node = request.node();
    let mut known = false;
    for phone in phones.values_mut() {
        if phone.settings.access_token == token {
            known = true;
            if phone.owns(node) {
                phone.access().admits(request)?;
                return Ok(Asset::Phone(phone));
            }
        }
    }
    for page in pages.values_mut() {
        if page.settings.access_token == token {
            known = true;
            if page.owns(node) {
                page.access().admits(request)?;
                return Ok(Asset::Page(page));
            }
        }
    }
    if !known {
        return Err(unknown());
    }
    let verb = if request.method == Method::GET {
        "get"
    } else {
        "post"
    };
    Err(GraphError::new(100).sub(33).saying(format!(
        "Unsupported {verb} request. Object with ID '{node}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
    )))
}

impl Asset<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Phone(phone) => &phone.id,
            Self::Page(page) => &page.id,
        }
    }

    fn perform(&mut self, call: Call<'_>) -> Result<Value, GraphError> {
        match self {
            Self::Phone(phone) => phone.perform(call),
            Self::Page(page) => page.perform(call),
        }
    }

    fn answer(mut self, call: Call<'_>, fault: Option<GraphFaultKind>) -> Reply {
        let mut delay = None;
        let outcome = match fault {
            None => self.perform(call).into(),
            Some(GraphFaultKind::DropBeforeAccept) => Outcome::Dropped,
            Some(GraphFaultKind::Refuse(injected)) => Outcome::Refused((&injected).into()),
            Some(GraphFaultKind::BrokenBeforeAccept { status }) => Outcome::Broken(status),
            Some(GraphFaultKind::DropAfterAccept) => self.then(call, Outcome::Dropped),
            Some(GraphFaultKind::RefuseAfterAccept(injected)) => {
                self.then(call, Outcome::Refused((&injected).into()))
            }
            Some(GraphFaultKind::BrokenAfterAccept { status }) => {
                self.then(call, Outcome::Broken(status))
            }
            Some(GraphFaultKind::SlowAnswer { delay_ms }) => {
                delay = Some(Delay::Answer(Duration::from_millis(delay_ms)));
                self.perform(call).into()
            }
            Some(GraphFaultKind::SlowBody { delay_ms }) => {
                delay = Some(Delay::Body(Duration::from_millis(delay_ms)));
                self.perform(call).into()
            }
        };
        let usage = self.note(&outcome);
        Reply {
            outcome,
            delay,
            usage: Some(usage),
        }
    }

    /// What it refuses on its own account it still refuses.
    fn then(&mut self, call: Call<'_>, instead: Outcome) -> Outcome {
        match self.perform(call) {
            Ok(_) => instead,
            Err(error) => Outcome::Refused(error),
        }
    }

    fn note(&mut self, outcome: &Outcome) -> (Value, Value) {
        let regain = match outcome {
            Outcome::Refused(error) => error.regain_minutes,
            Outcome::Answer(_) | Outcome::Broken(_) | Outcome::Dropped => None,
        };
        let (journal, usage) = match self {
            Self::Phone(phone) => {
                let usage = phone
                    .gate
                    .usage("whatsapp", &phone.settings.waba_id, regain);
                (&mut phone.journal, usage)
            }
            Self::Page(page) => {
                let usage = page.gate.usage("messenger", &page.id, regain);
                (&mut page.journal, usage)
            }
        };
        match outcome {
            Outcome::Answer(_) => journal.answered(200),
            Outcome::Refused(error) => journal.refused(error.status(), error.code),
            Outcome::Broken(status) => journal.answered(*status),
            Outcome::Dropped => journal.dropped += 1,
        }
        usage
    }
}

impl Reply {
    pub(crate) fn refused(error: GraphError) -> Self {
        Self {
            outcome: Outcome::Refused(error),
            ..Self::default()
        }
    }
}

impl From<Result<Value, GraphError>> for Outcome {
    fn from(result: Result<Value, GraphError>) -> Self {
        match result {
            Ok(value) => Self::Answer(value),
            Err(error) => Self::Refused(error),
        }
    }
}
