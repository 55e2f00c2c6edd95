use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use bootstrap::{
    Clock, GrpcServices, Lifecycle, PageTokens, connect_nats, connect_postgres, serve_grpc,
};
use event_bus::{Consumer, ConsumerConfig, ConsumersGrpc, Handler, LogClient, LogSource, Progress};
use proto::{
    log::v1::consumer_service_server::ConsumerServiceServer,
    reporting::v1::reporting_service_server::ReportingServiceServer,
};
use reporting_domain::PriceList;
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::{
    Config,
    freshness::Freshness,
    grpc::ReportingGrpc,
    projections::{Accounts, Sends, Visits},
};

/// Consumers' names are stored, so never changed.
const ACCOUNTS: ConsumerConfig = ConsumerConfig {
    name: "reporting-accounts",
    log: "contacts",
};
const SENDS: ConsumerConfig = ConsumerConfig {
    name: "reporting-sends",
    log: "broadcasts",
};
const VISITS: ConsumerConfig = ConsumerConfig {
    name: "reporting-visits",
    log: "ingress",
};

/// The logs that reports are made from.
#[derive(Debug, Clone)]
pub struct Sources {
    pub contacts: LogSource,
    pub broadcasts: LogSource,
    pub ingress: LogSource,
}

impl Sources {
    /// From the services that own them.
    pub fn of_peers(config: &Config) -> anyhow::Result<Self> {
        let source = |url: &str| -> anyhow::Result<LogSource> {
            Ok(LogSource::Remote(LogClient::connect_lazy(
                url,
                &config.auth,
            )?))
        };
        Ok(Self {
            contacts: source(&config.peers.contacts_url)?,
            broadcasts: source(&config.peers.broadcast_url)?,
            ingress: source(&config.peers.ingress_url)?,
        })
    }
}

/// Starts the service on `lifecycle`, and returns where it listens. Its peers may start later.
///
/// Nothing here depends on the time of day: reports tell what the logs tell.
pub async fn start(
    config: Config,
    _clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let sources = Sources::of_peers(&config)?;
    start_with(config, sources, lifecycle).await
}

/// As [`start`], with logs from elsewhere.
pub async fn start_with(
    config: Config,
    sources: Sources,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let prices = PriceList::built_in().context("the price list is not usable")?;
    let pool = connect_postgres(&config.postgres).await?;
    let nats = connect_nats(&config.nats, "reporting").await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .context("cannot listen")?;
    let address = listener.local_addr().context("cannot listen")?;

    let follower = Follower {
        pool: &pool,
        nats: &nats,
        lifecycle,
    };
    let progress = vec![
        follower.follow(ACCOUNTS, sources.contacts, Accounts),
        follower.follow(SENDS, sources.broadcasts, Sends),
        follower.follow(VISITS, sources.ingress, Visits),
    ];

    let pages = PageTokens::new(&config.auth);
    let reports = ReportingGrpc::new(pool.clone(), Freshness::new(progress), prices, pages);
    let services = GrpcServices::new(&config.auth)
        .add(ReportingServiceServer::new(reports))
        .add(ConsumerServiceServer::new(ConsumersGrpc::new(pool)));
    let drain = config.drain_period();
    lifecycle.spawn(
        "grpc",
        serve_grpc(services, listener, lifecycle.shutdown(), drain),
    );
    Ok(address)
}

struct Follower<'a> {
    pool: &'a PgPool,
    nats: &'a async_nats::Client,
    lifecycle: &'a Lifecycle,
}

impl Follower<'_> {
    fn follow<H: Handler>(
        &self,
        config: ConsumerConfig,
        source: LogSource,
        handler: H,
    ) -> Progress {
        let consumer = Consumer::new(
            config,
            self.pool.clone(),
            self.nats.clone(),
            source,
            handler,
        );
        let progress = consumer.progress();
        let shutdown = self.lifecycle.shutdown();
        self.lifecycle.spawn(config.name, consumer.run(shutdown));
        progress
    }
}
