use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use uuid::Uuid;

use super::{
    ChannelSettings, Outcome, RateLimit, Totals, UserState,
    bucket::Bucket,
    journal::{Journal, Received},
    month::Month,
    retry_keys::RetryKeys,
    settings::NonexistentMode,
    units::Units,
    users::Users,
};
use crate::{
    endpoint::Endpoint,
    message_id::sent_messages,
    population::Jar,
    refusal::{Refusal, SentMessage},
    request::{SendRequest, not_a_user},
    user_id::UserId,
};

/// One channel and everything that happened to it.
#[derive(Debug)]
pub(crate) struct Channel {
    /// The account's own user id.
    pub(crate) bot: UserId,
    pub(crate) settings: ChannelSettings,
    pub(crate) users: Users,
    pub(crate) journal: Journal,
    /// How much of the journal people have acted on.
    pub(crate) acted: usize,
    /// What each person's browser keeps.
    pub(crate) jars: HashMap<UserId, Jar>,
    keys: RetryKeys,
    buckets: HashMap<Endpoint, Bucket>,
    month: Month,
    used: u64,
    pub(crate) units: Units,
    counted: Counted,
}

#[derive(Debug, Default)]
struct Counted {
    undelivered: u64,
    duplicate_recipients: u64,
    requests: BTreeMap<Endpoint, BTreeMap<Outcome, u64>>,
}

/// What a send was answered with 200.
#[derive(Debug)]
pub(crate) struct Acceptance {
    pub(crate) sent_messages: Vec<SentMessage>,
}

impl Channel {
    pub(crate) fn new(bot: UserId, settings: ChannelSettings, now: Duration) -> Self {
        Self {
            bot,
            used: settings.used.unwrap_or(0),
            settings,
            users: Users::default(),
            journal: Journal::default(),
            acted: 0,
            jars: HashMap::new(),
            keys: RetryKeys::default(),
            buckets: HashMap::new(),
            month: Month::of(now),
            units: Units::default(),
            counted: Counted::default(),
        }
    }

    pub(crate) fn configure(&mut self, settings: ChannelSettings) {
        self.used = settings.used.unwrap_or(self.used);
        self.settings = settings;
    }

    /// Forgets what happened; settings and people's states stay.
    pub(crate) fn reset(&mut self, now: Duration) {
        let mut users = std::mem::take(&mut self.users);
        users.forget_deliveries();
        *self = Self::new(self.bot, self.settings.clone(), now);
        self.users = users;
    }

    pub(crate) fn take_token(&mut self, endpoint: Endpoint, now: Duration) -> Result<(), Refusal> {
        let limit = match endpoint {
            Endpoint::Push => self.settings.push_rate,
            Endpoint::Multicast => self.settings.multicast_rate,
            Endpoint::ValidatePush
            | Endpoint::ValidateMulticast
            | Endpoint::Quota
            | Endpoint::QuotaConsumption
            | Endpoint::Profile
            | Endpoint::BotInfo
            | Endpoint::UnitsUsed => RateLimit::OTHERS,
            Endpoint::UnitStatistics => RateLimit::INSIGHT,
        };
        let bucket = self
            .buckets
            .entry(endpoint)
            .or_insert_with(|| Bucket::new(limit, now));
        if bucket.limit() != limit {
            *bucket = Bucket::new(limit, now);
        }
        if bucket.take(now) {
            return Ok(());
        }
        Err(Refusal::rate_limited())
    }

    /// Notes an attempt under a retry key, and refuses it if the key had been accepted.
    pub(crate) fn claim(
        &mut self,
        endpoint: Endpoint,
        key: Option<Uuid>,
        body_hash: u64,
        now: Duration,
    ) -> Result<(), Refusal> {
        let Some(key) = key else { return Ok(()) };
        let Some(index) = self.keys.claim(key, body_hash, now) else {
            return Ok(());
        };
        let Some(accepted) = self.journal.get(index) else {
            return Ok(());
        };
        Err(Refusal::already_accepted(
            accepted.request,
            sent_messages(endpoint, accepted.request, accepted.messages_count),
        ))
    }

    /// Delivers to all who can be reached, or refuses and delivers to nobody.
    pub(crate) fn accept(
        &mut self,
        endpoint: Endpoint,
        request: u64,
        retry_key: Option<Uuid>,
        send: &SendRequest<'_>,
        now: Duration,
    ) -> Result<Acceptance, Refusal> {
        let reachable = self.reachable(endpoint, &send.to)?;
        self.reserve(reachable.len() as u64, now)?;

        let delivered = reachable.len() as u64;
        self.counted.undelivered += send.to.len() as u64 - delivered;
        self.counted.duplicate_recipients += duplicates(&reachable);
        if let Some(unit) = &send.unit {
            let elsewhere = self.settings.units_used;
            self.units.count(unit, delivered, elsewhere, now);
        }
        let received = Received {
            request,
            retry_key,
            messages: self.journal.intern(send.messages),
            messages_count: send.messages_count,
            at: now,
            to: reachable
                .into_iter()
                .map(|user| self.users.deliver(user))
                .collect(),
        };
        let index = self.journal.record(received);
        if let Some(key) = retry_key {
            self.keys.accept(key, index);
        }
        let sent_messages = sent_messages(endpoint, request, send.messages_count);
        Ok(Acceptance { sent_messages })
    }

    pub(crate) fn used(&mut self, now: Duration) -> u64 {
        let month = Month::of(now);
        if month != self.month {
            self.month = month;
            self.used = 0;
        }
        self.used
    }

    pub(crate) fn count(&mut self, endpoint: Endpoint, outcome: Outcome) {
        let answers = self.counted.requests.entry(endpoint).or_default();
        *answers.entry(outcome).or_default() += 1;
    }

    pub(crate) fn totals(&mut self, now: Duration) -> Totals {
        let mut totals = Totals {
            accepted: self.journal.len() as u64,
            max_copies_per_person: self.journal.copies_max(),
            undelivered: self.counted.undelivered,
            duplicate_recipients: self.counted.duplicate_recipients,
            changed_bodies: self.keys.changed_bodies,
            used: self.used(now),
            units: self.units.reached().clone(),
            requests: self.counted.requests.clone(),
            ..Totals::default()
        };
        for (_, deliveries) in self.users.deliveries() {
            totals.people_received += 1;
            totals.deliveries += u64::from(deliveries);
            totals.max_per_person = totals.max_per_person.max(u64::from(deliveries));
        }
        totals
    }

    fn reachable(&self, endpoint: Endpoint, to: &[UserId]) -> Result<Vec<UserId>, Refusal> {
        let mut reachable = Vec::with_capacity(to.len());
        for (at, user) in to.iter().enumerate() {
            match (self.users.state(*user), endpoint, self.settings.nonexistent) {
                (UserState::Friend, _, _) => reachable.push(*user),
                (UserState::Nonexistent, Endpoint::Push, _)
                | (UserState::Nonexistent, _, NonexistentMode::Unnamed) => {
                    return Err(Refusal::failed_to_send());
                }
                (UserState::Nonexistent, _, NonexistentMode::Named) => return Err(not_a_user(at)),
                (UserState::Blocked, _, _)
                | (UserState::Nonexistent, _, NonexistentMode::Silent) => {}
            }
        }
        Ok(reachable)
    }

    fn reserve(&mut self, people: u64, now: Duration) -> Result<(), Refusal> {
        let used = self.used(now);
        if let Some(quota) = self.settings.quota
            && used + self.settings.reserved + people > quota
        {
            return Err(Refusal::monthly_limit());
        }
        self.used = used + people;
        Ok(())
    }
}

fn duplicates(users: &[UserId]) -> u64 {
    let mut users = users.to_vec();
    users.sort_unstable();
    let distinct = users.chunk_by(|a, b| a == b).count();
    (users.len() - distinct) as u64
}
