use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    channel::{Channel, ChannelSettings},
    clock::Clock,
    email::MailServer,
    endpoint::Endpoint,
    faults::{FaultKind, Faults},
    graph::Graph,
    message_id::request_id,
    refusal::{Detail, Refusal},
    user_id::UserId,
};

/// All that the simulator knows, behind one lock that is never held across an await.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) channels: HashMap<String, Channel>,
    pub(crate) faults: Faults,
    /// Messenger and WhatsApp.
    pub(crate) graph: Graph,
    pub(crate) mail: MailServer,
    /// Access token to channel.
    tokens: HashMap<String, String>,
    requests: u64,
}

/// A request that has been let in.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) channel: String,
    pub(crate) fault: Option<FaultKind>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            clock: Clock::new(),
            seed,
            state: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn request_id(&self, request: u64) -> Uuid {
        request_id(self.seed, request)
    }
}

impl State {
    /// A number for the next request.
    pub(crate) fn number(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    pub(crate) fn configure(&mut self, id: &str, settings: ChannelSettings, now: Duration) {
        self.tokens.retain(|_, channel| channel != id);
        self.tokens
            .insert(settings.access_token.clone(), id.to_owned());
        match self.channels.get_mut(id) {
            Some(channel) => channel.configure(settings),
            None => {
                let bot = UserId::named(id);
                let channel = Channel::new(bot, settings, now);
                self.channels.insert(id.to_owned(), channel);
            }
        }
    }

    /// Forgets what happened and turns the faults off; channels keep their settings.
    pub(crate) fn reset(&mut self, now: Duration) {
        self.faults = Faults::default();
        self.graph.reset(now);
        self.mail.reset();
        for channel in self.channels.values_mut() {
            channel.reset(now);
        }
    }

    /// Which channel a token is for, and what is to befall the request.
    pub(crate) fn arrive(&mut self, token: &str, endpoint: Endpoint) -> Result<Arrival, Refusal> {
        let channel = self.tokens.get(token).ok_or_else(Refusal::unauthorized)?;
        let arrival = Arrival {
            fault: self.faults.strike(channel, endpoint),
            channel: channel.clone(),
        };
        Ok(arrival)
    }

    /// Refuses what this channel may not do at all, or not so fast.
    pub(crate) fn admit(
        &mut self,
        arrival: &Arrival,
        endpoint: Endpoint,
        now: Duration,
    ) -> Result<&mut Channel, Refusal> {
        match arrival.fault {
            Some(FaultKind::Unauthorized) => return Err(Refusal::unauthorized()),
            Some(FaultKind::Forbidden) => return Err(Refusal::forbidden()),
            Some(FaultKind::RateLimited) => return Err(Refusal::rate_limited()),
            Some(FaultKind::MonthlyLimit) => return Err(Refusal::monthly_limit()),
            Some(FaultKind::MessagesRefused) => {
                let detail = Detail::new("messages[0].text", "May not be this");
                return Err(Refusal::details(vec![detail]));
            }
            None
            | Some(
                FaultKind::DropBeforeAccept
                | FaultKind::DropAfterAccept
                | FaultKind::ErrorBeforeAccept
                | FaultKind::ErrorAfterAccept
                | FaultKind::SlowAnswer { .. }
                | FaultKind::Refuse { .. }
                | FaultKind::Broken { .. },
            ) => {}
        }
        let channel = self
            .channels
            .get_mut(&arrival.channel)
            .ok_or_else(Refusal::unauthorized)?;
        if channel.settings.forbidden {
            return Err(Refusal::forbidden());
        }
        channel.take_token(endpoint, now)?;
        Ok(channel)
    }
}
