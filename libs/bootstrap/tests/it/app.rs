use std::{net::SocketAddr, sync::Arc, time::Duration};

use bootstrap::{AuthConfig, GrpcServices, connect_grpc, principal, serve_grpc};
use proto::log::v1::{
    DescribeLogRequest, DescribeLogResponse, ReadLogRequest, ReadLogResponse,
    log_service_server::{LogService, LogServiceServer},
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use tokio_stream::Empty;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, transport::Channel};

pub(crate) const SERVICE: &str = "fanfare.log.v1.LogService";

/// A server with one service, on a real socket.
pub(crate) struct App {
    pub(crate) auth: AuthConfig,
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) calls: Arc<Calls>,
    pub(crate) served: JoinHandle<anyhow::Result<()>>,
}

/// Lets a test hold a call in flight.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) begun: Notify,
    pub(crate) may_end: Notify,
}

impl App {
    #[expect(clippy::disallowed_methods, reason = "the test is the process")]
    pub(crate) async fn start(drain: Duration) -> Self {
        let auth = AuthConfig {
            secret: "a secret of at least 32 characters".into(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let calls = Arc::new(Calls::default());
        let service = LogServiceServer::new(Described(calls.clone()));
        let services = GrpcServices::new(&auth).add(service);
        let served = tokio::spawn(serve_grpc(services, listener, shutdown.clone(), drain));
        Self {
            auth,
            address,
            shutdown,
            calls,
            served,
        }
    }

    pub(crate) fn channel(&self) -> Channel {
        connect_grpc(&format!("http://{}", self.address)).unwrap()
    }
}

/// Answers with the caller as the log's heads, once it may.
#[derive(Debug)]
struct Described(Arc<Calls>);

#[tonic::async_trait]
impl LogService for Described {
    async fn describe_log(
        &self,
        request: Request<DescribeLogRequest>,
    ) -> Result<Response<DescribeLogResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        if request.get_ref().log == "slow" {
            self.0.begun.notify_one();
            self.0.may_end.notified().await;
        }
        let (_, low) = team_id.as_u64_pair();
        Ok(Response::new(DescribeLogResponse {
            generation: i64::try_from(low).unwrap(),
            head_positions: vec![],
        }))
    }

    type ReadLogStream = Empty<Result<ReadLogResponse, Status>>;

    async fn read_log(
        &self,
        _request: Request<ReadLogRequest>,
    ) -> Result<Response<Self::ReadLogStream>, Status> {
        Err(Status::unimplemented("not needed here"))
    }
}
