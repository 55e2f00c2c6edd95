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
        vec!["account", "rotate"],
        vec!["account", "disconnect"],
        vec!["account", "reconnect"],
        vec!["account", "show"],
        vec!["contact", "import"],
        vec!["contact", "tag"],
        vec!["contact", "consent"],
        vec!["contact", "delete"],
        vec!["job", "list"],
        vec!["job", "show"],
        vec!["job", "watch"],
        vec!["jobs", "cancel"],
        vec!["contact", "update"],
        vec!["contact", "unsubscribe"],
        vec!["contact", "resubscribe"],
        vec!["contact", "check"],
        vec!["contact", "bind"],
        vec!["contact", "messages"],
        vec!["contact", "record"],
        vec!["tag", "rename"],
        vec!["tag", "add"],
        vec!["segment", "count"],
        vec!["segment", "contacts"],
        vec!["segment", "list"],
        vec!["segment", "save"],
        vec!["segment", "show"],
        vec!["segment", "delete"],
        vec!["segment", "export"],
        vec!["segment", "tags"],
        vec!["segment", "totals"],
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

#[test]
fn a_mistake_in_a_filter_is_shown_where_it_was_made() {
    let filter = "tag:熟客 AND size = 3";
    let output = fanfare(&["segment", "count", "--filter", filter]);
    assert!(!output.status.success());
    let said = text(&output.stderr);
    // Two characters that are twice as wide as others.
    let shown = format!("  {filter}\n  {}^", " ".repeat(13));
    assert!(said.contains("column 12: \"size\" is no field"), "{said}");
    assert!(said.contains(&shown), "{said}");
}
