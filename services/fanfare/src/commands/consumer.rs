use anyhow::bail;
use proto::log::v1::{ConsumerPartition, ListConsumersRequest, Resolution, ResolveStopRequest};

use super::text::time;
use crate::{
    cli::{ConsumerCommand, ResolveArgs},
    client::consumers,
    endpoints::Endpoints,
    output::{Output, table},
};

pub(crate) async fn run(command: ConsumerCommand, output: Output) -> anyhow::Result<()> {
    let endpoints = Endpoints::load()?;
    match command {
        ConsumerCommand::List => list(&endpoints, output).await,
        ConsumerCommand::Resolve(arguments) => resolve(&endpoints, arguments, output).await,
    }
}

/// The services, each with its gRPC address.
pub(crate) fn services(endpoints: &Endpoints) -> [(&'static str, &str); 5] {
    [
        ("contacts", &endpoints.contacts),
        ("segmentation", &endpoints.segmentation),
        ("broadcast", &endpoints.broadcast),
        ("ingress", &endpoints.ingress_log),
        ("reporting", &endpoints.reporting),
    ]
}

async fn list(endpoints: &Endpoints, output: Output) -> anyhow::Result<()> {
    let mut table = table([
        "Service",
        "Consumer",
        "Log",
        "Partition",
        "Position",
        "Stopped at",
    ]);
    let mut listed = serde_json::Map::new();
    for (service, url) in services(endpoints) {
        let response = consumers(endpoints, url)?
            .list_consumers(ListConsumersRequest {})
            .await?
            .into_inner();
        listed.insert(service.to_owned(), proto::to_json(&response)?);
        for partition in &response.partitions {
            table.add_row([
                service.to_owned(),
                partition.consumer.clone(),
                partition.log.clone(),
                partition.partition.to_string(),
                partition.position.to_string(),
                stop(partition),
            ]);
        }
    }
    if output.is_json() {
        output.value(&listed.into())
    } else {
        output.line(&table.to_string())
    }
}

fn stop(partition: &ConsumerPartition) -> String {
    partition.stop.as_ref().map_or_else(
        || "-".to_owned(),
        |stop| {
            format!(
                "{} since {}: {} ({})",
                stop.position,
                time(stop.stopped_at.as_ref()),
                stop.error,
                stop.event_type
            )
        },
    )
}

async fn resolve(
    endpoints: &Endpoints,
    arguments: ResolveArgs,
    output: Output,
) -> anyhow::Result<()> {
    let services = services(endpoints);
    let Some((_, url)) = services.iter().find(|(name, _)| *name == arguments.service) else {
        bail!(
            "there is no service `{}`; see `fanfare consumer list`",
            arguments.service
        );
    };
    let resolution = if arguments.skip {
        Resolution::Skip
    } else {
        Resolution::Retry
    };
    let request = ResolveStopRequest {
        consumer: arguments.consumer,
        log: arguments.log,
        partition: arguments.partition,
        position: arguments.position,
        resolution: resolution.into(),
    };
    let response = consumers(endpoints, url)?
        .resolve_stop(request)
        .await?
        .into_inner();
    output.message(&response, |_| "it goes on".to_owned())
}
