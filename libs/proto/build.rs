//! Compiles `/proto` with a pure-Rust parser, so that no build needs `protoc`.

use std::{env, error::Error, fs, path::Path};

use prost::Message as _;

const FILES: [&str; 18] = [
    "fanfare/broadcast/v1/broadcast_service.proto",
    "fanfare/broadcast/v1/templates_service.proto",
    "fanfare/common/v1/token.proto",
    "fanfare/contacts/v1/accounts_service.proto",
    "fanfare/contacts/v1/consent_service.proto",
    "fanfare/contacts/v1/contacts_service.proto",
    "fanfare/contacts/v1/conversation_service.proto",
    "fanfare/contacts/v1/jobs_service.proto",
    "fanfare/contacts/v1/tags_service.proto",
    "fanfare/events/broadcast/v1/events.proto",
    "fanfare/events/contacts/v1/events.proto",
    "fanfare/events/ingress/v1/events.proto",
    "fanfare/events/segmentation/v1/events.proto",
    "fanfare/log/v1/consumer_service.proto",
    "fanfare/log/v1/log_service.proto",
    "fanfare/reporting/v1/reporting_service.proto",
    "fanfare/segmentation/v1/segmentation_service.proto",
    "fanfare/segmentation/v1/segments_service.proto",
];

/// Messages that must not be printed. `src/secrets.rs` says what is printed instead.
const SECRETS: [&str; 5] = [
    ".fanfare.contacts.v1.LineCredentials",
    ".fanfare.contacts.v1.MailCredentials",
    ".fanfare.contacts.v1.MetaCredentials",
    ".fanfare.events.contacts.v1.AccountCredentials",
    ".fanfare.events.contacts.v1.SmtpCredentials",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());

    let descriptors = protox::compile(FILES, [&root])?;
    let out = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&out).join("descriptors.bin"),
        descriptors.encode_to_vec(),
    )?;

    let mut config = prost_build::Config::new();
    config.enable_type_names();
    config.skip_debug(SECRETS);
    let grpc = env::var_os("CARGO_FEATURE_GRPC").is_some();
    tonic_prost_build::configure()
        .build_server(grpc)
        .build_client(grpc)
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
