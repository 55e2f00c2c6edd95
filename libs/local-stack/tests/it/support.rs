//! Folders with everything provisioned, and what can be seen of servers from outside.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use local_stack::Binaries;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(10);

/// The binaries that all tests of this checkout share.
pub(crate) fn binaries() -> Binaries {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.fanfare");
    Binaries::provision(&root, |_| {}).unwrap()
}

/// Another checkout's folder, with all that is provisioned once.
pub(crate) fn another_root(mode: u32) -> TempDir {
    let _provisioned = binaries();
    let root = TempDir::new().unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(mode)).unwrap();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.fanfare/tools");
    let copied = Command::new("cp")
        .arg("-a")
        .arg(tools)
        .arg(root.path())
        .status()
        .unwrap();
    assert!(copied.success());
    root
}

/// Every process of a server has its log open, and with it the lock on it.
pub(crate) fn is_running(log: &Path) -> bool {
    File::open(log).unwrap().try_lock().is_err()
}

pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "not within {} s: {what}",
            LIMIT.as_secs()
        );
        thread::sleep(Duration::from_millis(10));
    }
}
