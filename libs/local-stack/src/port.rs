//! Ports for private servers.

use std::{
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
};

use anyhow::{Context, Result};

/// Below the ports that kernels give to outgoing connections. There, a client that keeps trying to reach a stopped
/// server can be given the server's own port, connect to itself, and keep the server from starting again.
const FIRST: u16 = 16_000;
const COUNT: u64 = 14_000;
const ATTEMPTS: usize = 100;

/// A port of this machine that nobody listens on. Another process may still be faster to use it.
pub fn free_port() -> Result<u16> {
    (0..ATTEMPTS)
        .filter_map(|attempt| u16::try_from(RandomState::new().hash_one(attempt) % COUNT).ok())
        .map(|offset| FIRST + offset)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("cannot find a free port")
}
