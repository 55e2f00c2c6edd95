use chrono::{DateTime, Utc};
use proto::log::v1::{
    ConsumerPartition, ListConsumersRequest, ListConsumersResponse, Resolution, ResolveStopRequest,
    ResolveStopResponse, Stop, consumer_service_server::ConsumerService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

/// Shows and resolves what a service's consumers stopped at.
#[derive(Debug, Clone)]
pub struct ConsumersGrpc {
    pool: PgPool,
}

impl ConsumersGrpc {
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

/// Consumers are all teams', so that only services and operators' tools may see them.
fn check<T>(request: &Request<T>) -> Result<(), Status> {
    if bootstrap::principal(request)?.is_service() {
        Ok(())
    } else {
        Err(Status::permission_denied("only services see consumers"))
    }
}

#[tonic::async_trait]
impl ConsumerService for ConsumersGrpc {
    async fn list_consumers(
        &self,
        request: Request<ListConsumersRequest>,
    ) -> Result<Response<ListConsumersResponse>, Status> {
        check(&request)?;
        let rows = sqlx::query!(
            "SELECT consumer, log, partition, position, stopped_at, stop_event_type, stop_error
             FROM checkpoints ORDER BY consumer, log, partition",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|error| bootstrap::internal(&error))?;
        let partitions = rows
            .into_iter()
            .map(|row| ConsumerPartition {
                consumer: row.consumer,
                log: row.log,
                partition: u32::from(row.partition.unsigned_abs()),
                position: row.position,
                stop: row.stopped_at.map(|at| Stop {
                    position: row.position + 1,
                    event_type: row.stop_event_type.unwrap_or_default(),
                    error: row.stop_error.unwrap_or_default(),
                    stopped_at: Some(timestamp(at)),
                }),
            })
            .collect();
        Ok(Response::new(ListConsumersResponse { partitions }))
    }

    async fn resolve_stop(
        &self,
        request: Request<ResolveStopRequest>,
    ) -> Result<Response<ResolveStopResponse>, Status> {
        check(&request)?;
        let request = request.into_inner();
        let resolution = match request.resolution() {
            Resolution::Retry => "retry",
            Resolution::Skip => "skip",
            Resolution::Unspecified => {
                return Err(Status::invalid_argument("resolution is required"));
            }
        };
        let partition = i16::try_from(request.partition)
            .map_err(|_| Status::invalid_argument("partition is out of range"))?;
        let resolved = sqlx::query!(
            "UPDATE checkpoints SET resolution = $5
             WHERE consumer = $1 AND log = $2 AND partition = $3 AND position = $4::bigint - 1
               AND stopped_at IS NOT NULL",
            request.consumer,
            request.log,
            partition,
            request.position,
            resolution,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| bootstrap::internal(&error))?;
        if resolved.rows_affected() == 0 {
            return Err(Status::failed_precondition(
                "this consumer is not stopped at this position; list the consumers again",
            ));
        }
        Ok(Response::new(ResolveStopResponse {}))
    }
}

fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}
