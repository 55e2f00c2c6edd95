//! What all tests of this process share.

use std::{
    env,
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

fn start_postgres() -> String {
    static POSTGRES: Mutex<Option<Postgres>> = Mutex::new(None);
    let options = PostgresOptions::new(Storage::ThrowAway);
    let postgres = Postgres::start(binaries(), &options).expect("cannot start Postgres");
    let url = postgres.admin_url();
    *POSTGRES.lock().expect("Postgres was started twice") = Some(postgres);
    url
}
