use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use event_bus::ConsistencyToken;
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::{ContactEvent, ContactsLogEvent, contact::ContactInteracted, to_bytes};
use futures_util::future::try_join_all;
use proto::segmentation::v1::CountContactsRequest;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Code;
use uuid::Uuid;

use super::{
    Options,
    services::{PARTITIONS, Services},
};
use crate::{latency::Latency, tasks};

const LOG: &str = "contacts";
const TICKS_PER_SECOND: u32 = 20;
const PEOPLE_MAX: i64 = 100_000;
const STALENESS_SAMPLES: u32 = 100;
const STALENESS_MAX: Duration = Duration::from_secs(30);

/// People who write to the shop all the while.
pub(super) struct Updates {
    store: EventStore,
    people: Arc<Vec<Person>>,
    appended: Arc<AtomicU64>,
    started: Instant,
    tasks: JoinSet<anyhow::Result<()>>,
    stop: CancellationToken,
    _guard: DropGuard,
}

#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Person {
    team_id: Uuid,
    account_id: Uuid,
    contact_id: Uuid,
}

impl Updates {
    pub(super) async fn start(services: &Services, options: &Options) -> anyhow::Result<Self> {
        let people: Vec<Person> =
            sqlx::query_as("SELECT team_id, account_id, contact_id FROM contacts LIMIT $1")
                .bind(PEOPLE_MAX)
                .fetch_all(&services.rows)
                .await?;
        let config = LogConfig {
            name: LOG,
            partitions: PARTITIONS,
        };
        let (store, appender) = EventStore::open(services.log.clone(), &config).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async {
            appender.run().await;
            Ok(())
        });
        let (people, appended) = (Arc::new(people), Arc::new(AtomicU64::new(0)));
        let stop = CancellationToken::new();
        let per_tick = usize::try_from(options.updates / TICKS_PER_SECOND)?.max(1);
        tasks.spawn(write(
            store.clone(),
            Arc::clone(&people),
            Arc::clone(&appended),
            per_tick,
            stop.clone(),
        ));
        Ok(Self {
            store,
            people,
            appended,
            started: Instant::now(),
            tasks,
            _guard: stop.clone().drop_guard(),
            stop,
        })
    }

    /// From before an interaction is appended until a count reflects it.
    pub(super) async fn staleness(
        &self,
        services: &mut Services,
        options: &Options,
    ) -> anyhow::Result<Latency> {
        let mut times = Vec::new();
        for nth in 0..STALENESS_SAMPLES.min(options.samples) {
            let person = self.people[usize::try_from(nth)? % self.people.len()];
            let started = Instant::now();
            let appended = self.store.append(interaction(person)).await?;
            let token = ConsistencyToken::of(LOG, appended.at).encode();
            while !counts(services, &token).await? {
                anyhow::ensure!(
                    started.elapsed() < STALENESS_MAX,
                    "an interaction was not counted in time"
                );
            }
            times.push(started.elapsed());
        }
        Latency::of(times)?.context("nothing was awaited")
    }

    /// Returns how many interactions there were in a second.
    pub(super) async fn stop(self) -> anyhow::Result<f64> {
        let seconds = self.started.elapsed().as_secs_f64();
        self.stop.cancel();
        drop(self.store);
        tasks::all(self.tasks).await?;
        let appended = u32::try_from(self.appended.load(Ordering::Relaxed))?;
        Ok(f64::from(appended) / seconds)
    }
}

/// False: the answer would have been without what the token stands for.
async fn counts(services: &mut Services, token: &str) -> anyhow::Result<bool> {
    let request = CountContactsRequest {
        consistency_token: token.to_owned(),
        ..CountContactsRequest::default()
    };
    match services.segmentation.count_contacts(request).await {
        Ok(_) => Ok(true),
        Err(status) if status.code() == Code::Unavailable => Ok(false),
        Err(status) => Err(status.into()),
    }
}

async fn write(
    store: EventStore,
    people: Arc<Vec<Person>>,
    appended: Arc<AtomicU64>,
    per_tick: usize,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut ticks = interval(Duration::from_secs(1) / TICKS_PER_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut people = people.iter().copied().cycle();
    while !stop.is_cancelled() {
        ticks.tick().await;
        let commands = people.by_ref().take(per_tick).map(interaction);
        let commands: Vec<Append> = commands.collect();
        try_join_all(commands.into_iter().map(|command| store.append(command))).await?;
        appended.fetch_add(u64::try_from(per_tick)?, Ordering::Relaxed);
    }
    Ok(())
}

fn interaction(person: Person) -> Append {
    let event_id = Uuid::now_v7();
    let event = ContactEvent::Interacted(ContactInteracted {
        contact_id: to_bytes(person.contact_id),
        account_id: to_bytes(person.account_id),
        occurred_at: Some(std::time::SystemTime::now().into()),
        ..ContactInteracted::default()
    });
    Append {
        stream: StreamId {
            category: "contact",
            id: person.contact_id,
        },
        team_id: person.team_id,
        expected: Expected::Any,
        request_id: None,
        answer: Vec::new(),
        metadata: Vec::new(),
        events: vec![NewEvent::with_id(
            event_id,
            ContactsLogEvent::Contact(event).encode(),
        )],
    }
}
