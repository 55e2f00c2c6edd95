use std::sync::Arc;

use bootstrap::{Clock, Lifecycle, connect_nats, connect_postgres};
use event_store::{EventStore, LogConfig};
use vault::Vault;

use crate::{
    Config,
    account::Shared,
    attachments::Attachments,
    broadcasts::Broadcasts,
    client::Clients,
    credentials::Credentials,
    daily::DailyPeople,
    dispatcher::Dispatcher,
    hints::{self, Hints},
    lease::Leases,
    pace::Paces,
    queue::Queue,
};

/// Starts sending on `lifecycle`.
///
/// The events go to the broadcast context's log; the relay that publishes it is the broadcast service's.
pub async fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let pool = connect_postgres(&config.postgres).await?;
    let nats = connect_nats(&config.nats, "delivery").await?;
    let vault = Vault::connect(&config.vault).await?;
    let log = LogConfig {
        name: "broadcasts",
        partitions: config.log_partitions,
    };
    let (store, appender) = EventStore::open(pool.clone(), &log).await?;
    lifecycle.spawn("appender", async {
        appender.run().await;
        Ok(())
    });

    let broadcasts = Broadcasts::new(store.clone(), Arc::clone(&clock));
    let (hint, hints) = Hints::new();
    let listen = hints::listen(nats, hint, broadcasts.clone(), lifecycle.shutdown());
    lifecycle.spawn("hints", listen);

    let leases = Leases::new(pool.clone(), config.sending.lease());
    let shared = Shared {
        store,
        queue: Queue::new(pool.clone()),
        attachments: Attachments::new(pool.clone()),
        daily: DailyPeople::new(pool.clone()),
        credentials: Credentials::new(pool, vault.clone(), Clients::try_new(&config)?),
        vault,
        broadcasts,
        clock,
        paces: Paces::new(&config),
        links: config.links,
        sending: config.sending,
    };
    let dispatcher = Dispatcher {
        shared,
        leases,
        hints,
        shutdown: lifecycle.shutdown(),
    };
    lifecycle.spawn("dispatcher", dispatcher.run());
    Ok(())
}
