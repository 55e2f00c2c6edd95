use anyhow::Context as _;
use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
};
use serde::de::DeserializeOwned;

/// Not the service's name: Kubernetes sets `BROADCAST_PORT` for a Service called `broadcast`.
const PREFIX: &str = "APP_";

/// Reads a service's configuration: `defaults`, then `APP_SECTION__FIELD` variables.
///
/// A variable is read as TOML where it can be: text that looks like a number is given in quotes.
pub fn load_config<C: DeserializeOwned>(defaults: &str) -> anyhow::Result<C> {
    load_config_with(defaults, "")
}

/// As [`load_config`], with `overrides` (TOML) in between: what a process that runs several
/// services knows better than their defaults do.
pub fn load_config_with<C: DeserializeOwned>(defaults: &str, overrides: &str) -> anyhow::Result<C> {
    Figment::from(Toml::string(defaults))
        .merge(Toml::string(overrides))
        .merge(Env::prefixed(PREFIX).split("__"))
        .extract()
        .context("invalid configuration")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde::Deserialize;

    use super::{load_config, load_config_with};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        listen: String,
        postgres: Postgres,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Postgres {
        max_connections: u32,
    }

    const DEFAULTS: &str = "listen = '127.0.0.1:1'\n[postgres]\nmax_connections = 8";

    #[test]
    fn overrides_come_after_defaults() {
        let config: Config = load_config_with(DEFAULTS, "listen = '127.0.0.1:2'").unwrap();
        assert_eq!(config.listen, "127.0.0.1:2");
        assert_eq!(config.postgres.max_connections, 8);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = load_config_with::<Config>(DEFAULTS, "lsten = ''").unwrap_err();
        assert!(format!("{error:#}").contains("lsten"), "{error:#}");
    }

    /// The environment can't be set within a process that has threads, so the test runs itself
    /// again in one of its own.
    #[test]
    fn variables_come_last() {
        const AGAIN: &str = "BOOTSTRAP_TEST_AGAIN";
        if std::env::var_os(AGAIN).is_some() {
            let config: Config = load_config(DEFAULTS).unwrap();
            assert_eq!(config.postgres.max_connections, 3);
            return;
        }
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "config::tests::variables_come_last"])
            .env(AGAIN, "1")
            .env("APP_POSTGRES__MAX_CONNECTIONS", "3")
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success(), "{output}");
        assert!(output.contains("1 passed"), "{output}");
    }
}
