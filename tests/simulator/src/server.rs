use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::Context as _;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    api,
    connection::{Connection, Listener},
    control::{self, Control},
    email, graph,
    outside::Outside,
    world::World,
};

#[derive(Debug, Clone)]
pub struct Options {
    pub listen: SocketAddr,
    /// Of SMTP.
    pub smtp_listen: SocketAddr,
    /// Makes the request ids of two runs alike.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            smtp_listen: (Ipv4Addr::LOCALHOST, 0).into(),
            seed: 0,
        }
    }
}

/// A running simulator; it stops when dropped.
#[derive(Debug)]
pub struct Simulator {
    pub address: SocketAddr,
    /// Of SMTP.
    pub smtp_address: SocketAddr,
    shutdown: DropGuard,
    server: JoinSet<io::Result<()>>,
}

impl Simulator {
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr().context("cannot tell the address")?;
        let smtp = TcpListener::bind(options.smtp_listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.smtp_listen))?;
        let smtp_address = smtp.local_addr().context("cannot tell the address")?;
        let world = Arc::new(World::new(options.seed));
        let routes = api::routes(Arc::clone(&world))
            .merge(graph::control_routes(Arc::clone(&world)))
            .merge(email::control_routes(Arc::clone(&world)))
            .merge(control::routes(Arc::clone(&world), Outside::new()));

        let shutdown = CancellationToken::new();
        let stopped = shutdown.clone().cancelled_owned();
        let mut server = JoinSet::new();
        let smtp_stopped = shutdown.clone();
        server.spawn(async move {
            tokio::select! {
                served = email::serve(smtp, world) => served,
                () = smtp_stopped.cancelled() => Ok(()),
            }
        });
        server.spawn(async move {
            let service = routes.into_make_service_with_connect_info::<Connection>();
            axum::serve(Listener(listener), service)
                .with_graceful_shutdown(stopped)
                .await
        });
        Ok(Self {
            address,
            smtp_address,
            shutdown: shutdown.drop_guard(),
            server,
        })
    }

    /// The base URL for a client of LINE, Messenger or WhatsApp.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn control(&self) -> anyhow::Result<Control> {
        Control::new(&self.url())
    }

    /// Answers what is under way, then stops.
    pub async fn stop(mut self) {
        self.shutdown.disarm().cancel();
        while self.server.join_next().await.is_some() {}
    }
}
