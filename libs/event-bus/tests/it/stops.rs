use std::sync::atomic::{AtomicBool, Ordering};

use event_bus::ConsumersGrpc;
use proto::log::v1::{
    ConsumerPartition, ListConsumersRequest, Resolution, ResolveStopRequest,
    consumer_service_server::ConsumerService,
};
use test_support::eventually;
use tonic::{Code, Request};

use crate::{
    support::{Bus, TEAM},
    tally::{Cure, Tally},
};

fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(bootstrap::Principal {
        team_id: TEAM,
        subject: "service:operator".to_owned(),
    });
    request
}

/// Waits until a partition is stopped.
async fn stopped(operator: &ConsumersGrpc) -> ConsumerPartition {
    eventually("a partition is stopped", async || {
        let listed = operator
            .list_consumers(request(ListConsumersRequest {}))
            .await
            .unwrap()
            .into_inner();
        listed
            .partitions
            .into_iter()
            .find(|partition| partition.stop.is_some())
    })
    .await
}

async fn resolve(
    operator: &ConsumersGrpc,
    at: &ConsumerPartition,
    resolution: Resolution,
) -> Result<(), Code> {
    let message = ResolveStopRequest {
        consumer: at.consumer.clone(),
        log: at.log.clone(),
        partition: at.partition,
        position: at.stop.as_ref().unwrap().position,
        resolution: resolution.into(),
    };
    operator
        .resolve_stop(request(message))
        .await
        .map(drop)
        .map_err(|status| status.code())
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_stops_its_partition_until_it_is_skipped_on_record() {
    let bus = Bus::start().await;
    let _relay = bus.relay();
    bus.append(20).await;
    let poison = bus.append_one("test.v1.Poison").await;
    bus.append(20).await;
    let (_, _consumer) = bus.consume(Tally::default());
    let operator = ConsumersGrpc::new(bus.read_models.clone());

    let partition = stopped(&operator).await;
    assert_eq!(partition.position, poison.position - 1);
    assert_eq!(partition.stop.as_ref().unwrap().error, "poison");
    resolve(&operator, &partition, Resolution::Skip)
        .await
        .unwrap();

    eventually("the rest is applied", async || {
        let tallied: i64 = sqlx::query_scalar("SELECT count(*) FROM tally")
            .fetch_one(&bus.read_models)
            .await
            .unwrap();
        (tallied == 40).then_some(())
    })
    .await;
    let (position, error): (i64, String) =
        sqlx::query_as("SELECT position, error FROM dead_letters")
            .fetch_one(&bus.read_models)
            .await
            .unwrap();
    assert_eq!((position, error.as_str()), (poison.position, "poison"));
}

#[tokio::test]
async fn a_stopped_event_is_applied_after_what_was_wrong_is_mended() {
    static CURE: Cure = Cure(AtomicBool::new(false));
    let bus = Bus::start().await;
    let _relay = bus.relay();
    bus.append_one("test.v1.Poison").await;
    let handler = Tally {
        cured: &CURE,
        ..Tally::default()
    };
    let (_, _consumer) = bus.consume(handler);
    let operator = ConsumersGrpc::new(bus.read_models.clone());

    let partition = stopped(&operator).await;
    CURE.0.store(true, Ordering::Relaxed);
    resolve(&operator, &partition, Resolution::Retry)
        .await
        .unwrap();
    bus.tallied().await;
    assert_eq!(
        resolve(&operator, &partition, Resolution::Retry).await,
        Err(Code::FailedPrecondition)
    );
}
