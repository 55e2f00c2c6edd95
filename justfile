# Developers' comfort. `cargo demo` and `cargo test --workspace` need none of it.

# List the recipes.
default:
    @just --list

# Everything that is checked before a change lands.
check:
    .ci/run

# Tests, in parallel over all crates.
test:
    cargo nextest run --workspace

# Formatting and lints.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- --deny warnings

# A contact file to a ROAS figure, on this machine.
demo *ARGS:
    cargo demo -- {{ARGS}}

# All services on this machine, until Ctrl-C.
up:
    cargo fanfare up

# Figures beside the physical limit: `just bench log`, `just bench line`.
bench *ARGS:
    cargo run --release --package bench -- {{ARGS}}

# Bring .sqlx up to date after a change of SQL or of a migration.
sqlx:
    .ci/sqlx-check --write

# Databases with every migration, and their addresses in the environment of a command.
databases *COMMAND:
    cargo run --quiet --package local-stack --bin with-databases -- {{COMMAND}}
