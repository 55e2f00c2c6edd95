use event_store::{EventStore, LogPosition, read_head, read_heads};
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use proto::log::v1::{
    DescribeLogRequest, DescribeLogResponse, ReadLogRequest, ReadLogResponse,
    log_service_server::LogService,
};
use tonic::{Request, Response, Status};

use crate::{client::to_wire, source::pages};

/// Lets other services read this one's log. Teams are kept apart by the readers, so that only
/// services may read.
#[derive(Debug, Clone)]
pub struct LogGrpc {
    store: EventStore,
}

impl LogGrpc {
    #[must_use]
    pub fn new(store: EventStore) -> Self {
        Self { store }
    }

    fn check<T>(&self, request: &Request<T>, log: &str) -> Result<(), Status> {
        let caller = bootstrap::principal(request)?;
        if !caller.is_service() {
            return Err(Status::permission_denied("only services read logs"));
        }
        if log != self.store.meta().name {
            return Err(Status::not_found(format!(
                "this service's log is `{}`",
                self.store.meta().name
            )));
        }
        Ok(())
    }
}

#[tonic::async_trait]
impl LogService for LogGrpc {
    type ReadLogStream = BoxStream<'static, Result<ReadLogResponse, Status>>;

    async fn describe_log(
        &self,
        request: Request<DescribeLogRequest>,
    ) -> Result<Response<DescribeLogResponse>, Status> {
        self.check(&request, &request.get_ref().log)?;
        let heads = read_heads(self.store.pool())
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(Response::new(DescribeLogResponse {
            generation: self.store.meta().generation,
            head_positions: heads.into_iter().map(|head| head.position).collect(),
        }))
    }

    async fn read_log(
        &self,
        request: Request<ReadLogRequest>,
    ) -> Result<Response<Self::ReadLogStream>, Status> {
        self.check(&request, &request.get_ref().log)?;
        let request = request.into_inner();
        let partition = i16::try_from(request.partition)
            .ok()
            .filter(|partition| *partition < self.store.meta().partitions)
            .ok_or_else(|| Status::invalid_argument("partition is not one of this log's"))?;
        let head_position = read_head(self.store.pool(), partition)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let after = LogPosition {
            partition,
            position: request.after_position,
        };
        let pages = pages(self.store.clone(), after)
            .map_ok(move |events| ReadLogResponse {
                events: events.into_iter().map(to_wire).collect(),
                head_position,
            })
            .map_err(|error| bootstrap::internal(&error));
        Ok(Response::new(pages.boxed()))
    }
}
