use std::sync::Arc;

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bootstrap::{AuthConfig, ClientAuth, Lifecycle, SystemClock, connect_grpc};
use local_stack::{Database, free_port};
use proto::{
    common::v1::Channel as ChannelKind,
    contacts::v1::{
        ConnectAccountRequest, Credentials, LineCredentials,
        accounts_service_client::AccountsServiceClient,
        contacts_service_client::ContactsServiceClient, credentials,
    },
    segmentation::v1::segmentation_service_client::SegmentationServiceClient,
};
use rand::RngCore as _;
use sqlx::PgPool;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::servers::Servers;

/// As on a laptop.
pub(super) const PARTITIONS: i16 = 4;

type Authorized = InterceptedService<Channel, ClientAuth>;

/// Contacts and segmentation as they are, in this process, over real gRPC.
pub(super) struct Services {
    pub(super) log: PgPool,
    pub(super) rows: PgPool,
    pub(super) accounts: AccountsServiceClient<Authorized>,
    pub(super) contacts: ContactsServiceClient<Authorized>,
    pub(super) segmentation: SegmentationServiceClient<Authorized>,
    _lifecycle: Lifecycle,
}

impl Services {
    pub(super) async fn start(servers: &Servers) -> anyhow::Result<Self> {
        let log = servers.database("contacts", Database::Contacts).await?;
        let rows = servers
            .database("segmentation", Database::Segmentation)
            .await?;
        let vault = servers.database("vault", Database::Vault).await?;
        let (auth, master_key) = (secret(), secret());
        let url = |pool: &PgPool| {
            let options = pool.connect_options();
            let name = options.get_database().unwrap_or_default();
            local_stack::with_database(&servers.admin_url(), name)
        };
        let ports = [free_port()?, free_port()?];
        let config = |port: u16, pool: &PgPool, rest: &str| {
            format!(
                "listen = '127.0.0.1:{port}'\n{rest}\n\
                 [postgres]\nurl = '{}'\n[vault]\nmaster_key = '{master_key}'\n\
                 [vault.postgres]\nurl = '{}'\n[nats]\nurl = '{}'\n[auth]\nsecret = '{auth}'\n",
                url(pool),
                url(&vault),
                servers.nats_url(),
            )
        };
        let contacts = config(ports[0], &log, &format!("log_partitions = {PARTITIONS}"));
        let peers = format!("[peers]\ncontacts_url = 'http://127.0.0.1:{}'\n", ports[0]);
        let segmentation = config(ports[1], &rows, "") + &peers;
        let lifecycle = Lifecycle::new();
        let clock = Arc::new(SystemClock);
        let contacts = contacts::Config::load_with(&contacts)?;
        contacts::start(contacts, Arc::clone(&clock) as _, &lifecycle).await?;
        let segmentation = segmentation::Config::load_with(&segmentation)?;
        segmentation::start(segmentation, clock, &lifecycle).await?;

        let auth = AuthConfig {
            secret: auth.into(),
        };
        let auth = ClientAuth::new(&auth, Uuid::now_v7(), "person:marketer");
        let channel = |port: u16| connect_grpc(&format!("http://127.0.0.1:{port}"));
        Ok(Self {
            accounts: AccountsServiceClient::with_interceptor(channel(ports[0])?, auth.clone()),
            contacts: ContactsServiceClient::with_interceptor(channel(ports[0])?, auth.clone()),
            segmentation: SegmentationServiceClient::with_interceptor(channel(ports[1])?, auth),
            log,
            rows,
            _lifecycle: lifecycle,
        })
    }

    /// Returns the account's id.
    pub(super) async fn connect_account(&mut self) -> anyhow::Result<String> {
        let line = LineCredentials {
            access_token: "bench-access-token".to_owned(),
            channel_secret: "bench-channel-secret".to_owned(),
        };
        let request = ConnectAccountRequest {
            request_id: Uuid::new_v4().to_string(),
            channel: ChannelKind::Line.into(),
            name: "Bench".to_owned(),
            country: "TW".to_owned(),
            credentials: Some(Credentials {
                channel: Some(credentials::Channel::Line(line)),
            }),
            ..ConnectAccountRequest::default()
        };
        let response = self.accounts.connect_account(request).await?.into_inner();
        let account = response.account.context("no account came back")?;
        Ok(account.account_id)
    }
}

fn secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    BASE64_STANDARD.encode(bytes)
}
