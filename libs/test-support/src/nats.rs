//! A NATS for one test.

use std::path::Path;

use async_nats::jetstream::{self, Context};
use local_stack::{Nats, NatsOptions, Storage};

use crate::binaries;

/// A JetStream server of the test's own, gone with the test.
#[derive(Debug)]
pub struct TestNats {
    pub client: async_nats::Client,
    pub jetstream: Context,
    server: Nats,
}

impl TestNats {
    pub async fn start() -> Self {
        let server = Nats::start(binaries(), &NatsOptions::new(Storage::ThrowAway))
            .expect("cannot start NATS");
        let client = connect(&server).await;
        Self {
            jetstream: jetstream::new(client.clone()),
            client,
            server,
        }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What JetStream keeps. May be removed or replaced while the server is killed.
    pub fn store_dir(&self) -> &Path {
        self.server.store_dir()
    }

    /// Kills the server as a crash would.
    pub fn kill(&mut self) {
        self.server.kill().expect("cannot kill NATS");
    }

    /// Starts a killed server on the same store and port, and connects to it. Other clients reconnect by themselves.
    pub async fn start_again(&mut self) {
        self.server.start_again().expect("cannot start NATS again");
        self.client = connect(&self.server).await;
        self.jetstream = jetstream::new(self.client.clone());
    }
}

async fn connect(server: &Nats) -> async_nats::Client {
    async_nats::connect(server.url())
        .await
        .expect("cannot connect to NATS")
}
