//! What all tests of this process share.

use std::{
    env, fs,
    path::Path,
    sync::{Mutex, OnceLock},
};

use local_stack::{Binaries, Postgres, PostgresOptions, Storage};
use tokio::sync::OnceCell;

use crate::leftovers::drop_leftovers;

/// The servers' programs, fetched into this checkout by whichever test needs them first.
pub fn binaries() -> &'static Binaries {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.fanfare");
        Binaries::provision(&root, |_| {}).expect("cannot get the servers")
    })
}

/// A database of the server in which tests make their own: `DATABASE_URL`, or else a Postgres that ends with this
/// process.
pub(crate) async fn admin_url() -> &'static str {
    static ADMIN_URL: OnceCell<String> = OnceCell::const_new();
    ADMIN_URL
        .get_or_init(|| async {
            let given = env::var("DATABASE_URL").unwrap_or_default();
            if given.is_empty() {
                return start_postgres();
            }
            drop_leftovers(&given).await;
            given
        })
        .await
}

static POSTGRES: Mutex<Option<Postgres>> = Mutex::new(None);
const LOG_LINES: usize = 30;

/// Logged for each connection while the server recovers from what is of interest.
const REFUSALS: [&str; 2] = ["the database system is", "Consistent recovery state"];

/// The last lines that the server logged. It takes its log with it, so whoever can't reach it says them.
pub(crate) fn postgres_log() -> String {
    let postgres = POSTGRES.lock().expect("Postgres was started twice");
    let log = postgres
        .as_ref()
        .and_then(|postgres| fs::read_to_string(postgres.log()).ok())
        .unwrap_or_default();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| !REFUSALS.iter().any(|refusal| line.contains(refusal)))
        .collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}

fn start_postgres() -> String {
    let options = PostgresOptions::new(Storage::ThrowAway);
    let postgres = Postgres::start(binaries(), &options).expect("cannot start Postgres");
    let url = postgres.admin_url();
    *POSTGRES.lock().expect("Postgres was started twice") = Some(postgres);
    url
}
