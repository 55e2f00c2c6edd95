use std::process::Command;

const PARSERS: [&str; 6] = [
    "line",
    "messenger",
    "whatsapp",
    "mail",
    "signatures",
    "filter",
];

/// A look each, so that the fuzzer itself is known to work. The README tells of a long run.
#[test]
fn every_parser_bears_a_second_of_it() {
    let fuzz = Command::new(env!("CARGO_BIN_EXE_fuzz"))
        .args(["--seconds", "1", "--found", env!("CARGO_TARGET_TMPDIR")])
        .output()
        .unwrap();
    let (said, wrong) = (
        String::from_utf8_lossy(&fuzz.stdout),
        String::from_utf8_lossy(&fuzz.stderr),
    );
    assert!(fuzz.status.success(), "{said}\n{wrong}");
    for parser in PARSERS {
        assert!(said.contains(&format!("| {parser} ")), "{said}");
    }
}
