use std::process::{Command, Output};

fn fanfare(arguments: &[&str]) -> Output {
    let nowhere = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .args(arguments)
        .env("FANFARE_DIR", nowhere.path())
        .env_remove("FANFARE_ENDPOINTS")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_command_without_a_running_fanfare_says_what_to_do() {
    let output = fanfare(&["account", "list"]);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let said = text(&output.stderr);
    assert!(
        said.contains("not running here") && said.contains("cargo fanfare up"),
        "{said}"
    );
}

#[test]
fn every_command_has_help() {
    for command in [
        vec!["up"],
        vec!["demo"],
        vec!["account", "connect"],
        vec!["contact", "import"],
        vec!["segment", "count"],
        vec!["broadcast", "create"],
        vec!["report", "recipients"],
        vec!["consumer", "resolve"],
    ] {
        let output = fanfare(&[command.as_slice(), &["--help"]].concat());
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("--json"), "{command:?}");
    }
}

#[test]
fn colours_are_for_terminals_only() {
    let output = fanfare(&["report", "show"]);
    assert!(!text(&output.stderr).contains('\u{1b}'));
}

/// As the alias `cargo demo -- --help` hands it on.
#[test]
fn the_demos_own_arguments_may_stand_behind_a_separator() {
    let output = fanfare(&["demo", "--", "--help"]);
    assert!(output.status.success());
    assert!(text(&output.stdout).contains("--scale"));
}
