use std::{collections::HashMap, time::Duration};

use anyhow::{Context as _, bail};
use bootstrap::{ClientAuth, connect_grpc};
use proto::log::v1::{
    DescribeLogRequest, ListConsumersRequest, log_service_client::LogServiceClient,
};
use tokio::time::{Instant, sleep};

use crate::{client, commands::services, endpoints::Endpoints};

const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const WAIT_MAX: Duration = Duration::from_mins(1);
/// Within it a process puts into the log what it was told, several times over.
const QUIET: Duration = Duration::from_secs(2);

/// Waits until every read model reflects everything that is in the logs at this moment.
pub(crate) async fn wait_until_level(endpoints: &Endpoints) -> anyhow::Result<()> {
    let heads = heads(endpoints).await?;
    let deadline = Instant::now() + WAIT_MAX;
    for (_, url) in services(endpoints) {
        let mut consumers = client::consumers(endpoints, url)?;
        loop {
            let listed = consumers.list_consumers(ListConsumersRequest {}).await?;
            let behind = listed
                .into_inner()
                .partitions
                .into_iter()
                .find(|partition| {
                    let key = (partition.log.clone(), partition.partition);
                    heads
                        .get(&key)
                        .is_some_and(|head| partition.position < *head)
                });
            match behind {
                None => break,
                Some(partition) if Instant::now() > deadline => bail!(
                    "the read model `{}` does not catch up: {}",
                    partition.consumer,
                    partition.stop.map(|stop| stop.error).unwrap_or_default()
                ),
                Some(_) => sleep(LOOK_INTERVAL).await,
            }
        }
    }
    Ok(())
}

/// Waits until nothing comes into the logs any more, and the read models reflect what is in them.
pub(crate) async fn wait_until_quiet(endpoints: &Endpoints) -> anyhow::Result<()> {
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        wait_until_level(endpoints).await?;
        let before = heads(endpoints).await?;
        sleep(QUIET).await;
        if heads(endpoints).await? == before {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("something goes on being written into the logs");
        }
    }
}

async fn heads(endpoints: &Endpoints) -> anyhow::Result<HashMap<(String, u32), i64>> {
    let mut heads = HashMap::new();
    for (log, url) in [
        ("contacts", &endpoints.contacts),
        ("broadcasts", &endpoints.broadcast),
        ("ingress", &endpoints.ingress_log),
    ] {
        let auth = ClientAuth::from_token(&endpoints.operator_token)?;
        let mut client = LogServiceClient::with_interceptor(connect_grpc(url)?, auth);
        let request = DescribeLogRequest {
            log: log.to_owned(),
        };
        let described = client
            .describe_log(request)
            .await
            .context("cannot ask a log how far it is")?;
        for (partition, head) in (0..).zip(described.into_inner().head_positions) {
            heads.insert((log.to_owned(), partition), head);
        }
    }
    Ok(heads)
}
