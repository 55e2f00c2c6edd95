use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context as _;
use event_bus::ConsistencyToken;
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogPosition, NewEvent, read_heads};
use events::{ContactEvent, join_ids};
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::{Command, CommandError, KnownContact};
use crate::import::Lanes;

/// Contacts of one account and one partition: what one event can be about.
#[derive(Debug)]
struct Lot {
    account_id: Uuid,
    partition: i16,
    stream: StreamId,
    contact_ids: Vec<Uuid>,
}

/// Contacts of a team's accounts, ready for facts about many.
///
/// At most a thousand, so that a lot is one event.
#[derive(Debug)]
pub(crate) struct Lots<'a> {
    store: &'a EventStore,
    lots: Vec<Lot>,
    /// Where the same command may have been appended to, for these contacts or for others.
    lanes: Vec<(i16, Uuid)>,
}

impl<'a> Lots<'a> {
    pub(crate) fn new(
        store: &'a EventStore,
        contacts: impl IntoIterator<Item = KnownContact>,
    ) -> anyhow::Result<Self> {
        let mut accounts: BTreeMap<Uuid, BTreeMap<i16, BTreeSet<Uuid>>> = BTreeMap::new();
        for contact in contacts {
            let partition = store.partition_of(contact.contact_id);
            let partitions = accounts.entry(contact.account_id).or_default();
            let lot = partitions.entry(partition).or_default();
            lot.insert(contact.contact_id);
        }
        let mut lots = Vec::new();
        let mut all_lanes = Vec::new();
        for (account_id, partitions) in accounts {
            let lanes = Lanes::new(store, account_id);
            let of = |partition| Some((partition, lanes.of(partition)?.id));
            all_lanes.extend((0..store.meta().partitions).filter_map(of));
            for (partition, contact_ids) in partitions {
                lots.push(Lot {
                    account_id,
                    partition,
                    stream: lanes
                        .of(partition)
                        .context("a contact is in a partition that the log does not have")?,
                    contact_ids: contact_ids.into_iter().collect(),
                });
            }
        }
        Ok(Self {
            store,
            lots,
            lanes: all_lanes,
        })
    }

    /// What the same command came to before. `None`: it was not done, or not to its end.
    pub(crate) async fn before(
        &self,
        command: &Command,
    ) -> Result<Option<ConsistencyToken>, CommandError> {
        let Some(request_id) = command.context.request_id else {
            return Ok(None);
        };
        let lanes = self.lanes.iter();
        let (streams, receipt_ids) = lanes
            .map(|(partition, stream)| (*stream, receipt_id(request_id, *partition)))
            .unzip();
        let receipts = command.receipts(self.store.pool(), streams, receipt_ids);
        let receipts: HashMap<Uuid, i64> = receipts.await?.into_iter().collect();
        let places = self.lots.iter().map(|lot| {
            Some(LogPosition {
                partition: lot.partition,
                position: *receipts.get(&lot.stream.id)?,
            })
        });
        let places: Option<Vec<LogPosition>> = places.collect();
        Ok(places.map(|places| self.token(places)))
    }

    /// Everything that is in the log about these contacts.
    pub(crate) async fn heads(&self) -> sqlx::Result<ConsistencyToken> {
        let heads = read_heads(self.store.pool()).await?;
        let partitions: BTreeSet<i16> = self.lots.iter().map(|lot| lot.partition).collect();
        let heads = heads.into_iter();
        Ok(self.token(heads.filter(|head| partitions.contains(&head.partition))))
    }

    /// Appends an event to each lot. `event` is given an account, and the ids of contacts.
    pub(crate) async fn append(
        &self,
        command: &Command,
        event: impl Fn(Uuid, Vec<u8>) -> ContactEvent,
    ) -> Result<ConsistencyToken, CommandError> {
        let context = &command.context;
        let appends = self.lots.iter().map(|lot| {
            let contact_ids = join_ids(lot.contact_ids.iter().copied());
            let event = event(lot.account_id, contact_ids);
            self.store.append(Append {
                stream: lot.stream,
                team_id: context.team_id,
                expected: Expected::Any,
                request_id: context.request_id.map(|id| receipt_id(id, lot.partition)),
                answer: command.digest.clone(),
                metadata: context.metadata.clone(),
                events: vec![NewEvent::new(event.encode())],
            })
        });
        let mut places = Vec::new();
        for appended in try_join_all(appends).await? {
            places.push(command.appended(appended)?.at);
        }
        Ok(self.token(places))
    }

    fn token(&self, places: impl IntoIterator<Item = LogPosition>) -> ConsistencyToken {
        let log = self.store.meta().name.as_str();
        places
            .into_iter()
            .fold(ConsistencyToken::default(), |token, at| token.and(log, at))
    }
}

fn receipt_id(request_id: Uuid, partition: i16) -> Uuid {
    let name = format!("partition/{partition}");
    Uuid::new_v5(&request_id, name.as_bytes())
}
