use std::path::PathBuf;

use bootstrap::PostgresConfig;
use secrecy::SecretString;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultConfig {
    pub postgres: PostgresConfig,
    /// 32 bytes in base64. Either this or a file.
    pub master_key: Option<SecretString>,
    pub master_key_file: Option<PathBuf>,
}
