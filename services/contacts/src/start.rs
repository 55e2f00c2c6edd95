use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use bootstrap::{
    Clock, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, PageTokens, ServiceIdentity, connect_grpc,
    connect_nats, connect_postgres, serve_grpc,
};
use event_bus::{
    Consumer, ConsumerConfig, ConsumersGrpc, LogClient, LogGrpc, LogSource, Progress, Relay,
};
use event_store::{EventStore, LogConfig};
use proto::{
    contacts::v1::{
        accounts_service_server::AccountsServiceServer,
        consent_service_server::ConsentServiceServer,
        contacts_service_server::ContactsServiceServer,
        conversation_service_server::ConversationServiceServer,
        jobs_service_server::JobsServiceServer, tags_service_server::TagsServiceServer,
    },
    log::v1::{
        consumer_service_server::ConsumerServiceServer, log_service_server::LogServiceServer,
    },
};
use sqlx::PgPool;
use tokio::net::TcpListener;
use vault::Vault;

use crate::{
    Config,
    erasure::Eraser,
    grpc::{AccountsGrpc, ConsentGrpc, ContactsGrpc, ConversationGrpc, JobsGrpc, TagsGrpc},
    import::Imports,
    jobs::{Audiences, Starter, Worker},
    processes::{Erasures, Mail, RefusedMail, Webhooks},
    projections::{ContactsProjection, SentBroadcasts},
};

const LOG: &str = "contacts";
/// Consumers' names are stored, so never changed.
const PROJECTION: ConsumerConfig = ConsumerConfig {
    name: "contacts",
    log: LOG,
};
const ERASURES: ConsumerConfig = ConsumerConfig {
    name: "erasures",
    log: LOG,
};
/// Jobs that this process works on at the same time.
const WORKERS: usize = 3;
const WEBHOOKS: ConsumerConfig = ConsumerConfig {
    name: "webhooks",
    log: "ingress",
};
const MAIL: ConsumerConfig = ConsumerConfig {
    name: "mail",
    log: "ingress",
};
const REFUSED_MAIL: ConsumerConfig = ConsumerConfig {
    name: "refused-mail",
    log: "broadcasts",
};
const SENT: ConsumerConfig = ConsumerConfig {
    name: "conversation-broadcasts",
    log: "broadcasts",
};

/// What the parts of the service share.
struct Parts {
    pool: PgPool,
    store: EventStore,
    vault: Vault,
    nats: async_nats::Client,
}

/// How far read models are.
struct Following {
    contacts: Progress,
    broadcasts: Progress,
}

/// Starts the service on `lifecycle`, and returns where it listens. Its peers may start later.
pub async fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let pool = connect_postgres(&config.postgres).await?;
    let vault = Vault::connect(&config.vault).await?;
    let nats = connect_nats(&config.nats, "contacts").await?;
    let log = LogConfig {
        name: LOG,
        partitions: config.log_partitions,
    };
    let (store, appender) = EventStore::open(pool.clone(), &log).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .context("cannot listen")?;
    let address = listener.local_addr().context("cannot listen")?;
    let parts = Parts {
        pool,
        store,
        vault,
        nats,
    };

    lifecycle.spawn("appender", async move {
        appender.run().await;
        Ok(())
    });
    let relay = Relay::new(parts.store.clone(), parts.nats.clone());
    lifecycle.spawn("relay", relay.run(lifecycle.shutdown()));
    let progress = Following {
        contacts: spawn_projection(&parts, lifecycle),
        broadcasts: spawn_sent(&parts, &config, lifecycle)?,
    };
    let erasures = spawn_erasures(&parts, lifecycle);
    spawn_workers(&parts, &config, &clock, &erasures, lifecycle)?;
    spawn_webhooks(&parts, &config, lifecycle)?;
    spawn_mail(&parts, &config, lifecycle)?;

    let services = services(&parts, &config, &clock, &progress)?;
    let drain = config.drain_period();
    lifecycle.spawn(
        "grpc",
        serve_grpc(services, listener, lifecycle.shutdown(), drain),
    );
    Ok(address)
}

fn spawn_projection(parts: &Parts, lifecycle: &Lifecycle) -> Progress {
    let projection = Consumer::new(
        PROJECTION,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Local(parts.store.clone()),
        ContactsProjection,
    );
    let progress = projection.progress();
    lifecycle.spawn("projection", projection.run(lifecycle.shutdown()));
    progress
}

fn spawn_sent(parts: &Parts, config: &Config, lifecycle: &Lifecycle) -> anyhow::Result<Progress> {
    let broadcasts = LogClient::connect_lazy(&config.peers.broadcast_url, &config.auth)?;
    let sent = Consumer::new(
        SENT,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Remote(broadcasts),
        SentBroadcasts,
    );
    let progress = sent.progress();
    lifecycle.spawn("sent", sent.run(lifecycle.shutdown()));
    Ok(progress)
}

fn spawn_erasures(parts: &Parts, lifecycle: &Lifecycle) -> Progress {
    let erasures = Consumer::new(
        ERASURES,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Local(parts.store.clone()),
        Erasures {
            pool: parts.pool.clone(),
            vault: parts.vault.clone(),
        },
    );
    let progress = erasures.progress();
    lifecycle.spawn("erasures", erasures.run(lifecycle.shutdown()));
    progress
}

fn spawn_workers(
    parts: &Parts,
    config: &Config,
    clock: &Arc<dyn Clock>,
    erasures: &Progress,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let worker = Worker {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
        vault: parts.vault.clone(),
        audiences: audiences(config)?,
        erasures: erasures.clone(),
        clock: Arc::clone(clock),
    };
    for _ in 0..WORKERS {
        lifecycle.spawn("jobs", worker.clone().run(lifecycle.shutdown()));
    }
    Ok(())
}

fn audiences(config: &Config) -> anyhow::Result<Audiences> {
    let segmentation = connect_grpc(&config.peers.segmentation_url)?;
    let identity = ServiceIdentity::new(&config.auth, "contacts");
    Ok(Audiences::new(segmentation, identity))
}

fn spawn_webhooks(parts: &Parts, config: &Config, lifecycle: &Lifecycle) -> anyhow::Result<()> {
    let ingress = LogClient::connect_lazy(&config.peers.ingress_url, &config.auth)?;
    let webhooks = Consumer::new(
        WEBHOOKS,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Remote(ingress),
        Webhooks {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
        },
    );
    lifecycle.spawn("webhooks", webhooks.run(lifecycle.shutdown()));
    Ok(())
}

fn spawn_mail(parts: &Parts, config: &Config, lifecycle: &Lifecycle) -> anyhow::Result<()> {
    let ingress = LogClient::connect_lazy(&config.peers.ingress_url, &config.auth)?;
    let mail = Consumer::new(
        MAIL,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Remote(ingress),
        Mail {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
        },
    );
    lifecycle.spawn("mail", mail.run(lifecycle.shutdown()));
    let broadcasts = LogClient::connect_lazy(&config.peers.broadcast_url, &config.auth)?;
    let refused = Consumer::new(
        REFUSED_MAIL,
        parts.pool.clone(),
        parts.nats.clone(),
        LogSource::Remote(broadcasts),
        RefusedMail {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
        },
    );
    lifecycle.spawn("refused mail", refused.run(lifecycle.shutdown()));
    Ok(())
}

/// What is done with contacts one by one.
struct Talk {
    tags: TagsGrpc,
    consent: ConsentGrpc,
    conversation: ConversationGrpc,
}

fn talk(parts: &Parts, config: &Config, clock: &Arc<dyn Clock>, progress: &Following) -> Talk {
    Talk {
        tags: TagsGrpc {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            clock: Arc::clone(clock),
        },
        consent: ConsentGrpc {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            progress: progress.contacts.clone(),
            clock: Arc::clone(clock),
        },
        conversation: ConversationGrpc {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            progress: progress.contacts.clone(),
            broadcasts: progress.broadcasts.clone(),
            page_tokens: PageTokens::new(&config.auth),
            clock: Arc::clone(clock),
        },
    }
}

fn services(
    parts: &Parts,
    config: &Config,
    clock: &Arc<dyn Clock>,
    progress: &Following,
) -> anyhow::Result<GrpcServices> {
    let accounts = AccountsGrpc {
        pool: parts.pool.clone(),
        store: parts.store.clone(),
        vault: parts.vault.clone(),
        progress: progress.contacts.clone(),
        clock: Arc::clone(clock),
    };
    let starter = Starter {
        pool: parts.pool.clone(),
        audiences: audiences(config)?,
        store: parts.store.clone(),
        vault: parts.vault.clone(),
        progress: progress.contacts.clone(),
        clock: Arc::clone(clock),
    };
    let jobs = JobsGrpc {
        pool: parts.pool.clone(),
        starter: starter.clone(),
        page_tokens: PageTokens::new(&config.auth),
    };
    let talk = talk(parts, config, clock, progress);
    let contacts = ContactsGrpc {
        pool: parts.pool.clone(),
        vault: parts.vault.clone(),
        eraser: Eraser {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            clock: Arc::clone(clock),
        },
        imports: Imports {
            pool: parts.pool.clone(),
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            progress: progress.contacts.clone(),
            starter,
            clock: Arc::clone(clock),
            places: Imports::places(),
        },
        progress: progress.contacts.clone(),
        page_tokens: PageTokens::new(&config.auth),
    };
    let log = LogServiceServer::new(LogGrpc::new(parts.store.clone()))
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    Ok(GrpcServices::new(&config.auth)
        .add(AccountsServiceServer::new(accounts))
        .add(ContactsServiceServer::new(contacts))
        .add(TagsServiceServer::new(talk.tags))
        .add(ConsentServiceServer::new(talk.consent))
        .add(ConversationServiceServer::new(talk.conversation))
        .add(JobsServiceServer::new(jobs))
        .add(log)
        .add(ConsumerServiceServer::new(ConsumersGrpc::new(
            parts.pool.clone(),
        ))))
}
