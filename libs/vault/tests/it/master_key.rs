use bootstrap::PostgresConfig;
use vault::{MasterKey, Vault, VaultConfig, VaultError};

use crate::app::{App, TEAM};

#[tokio::test]
async fn another_master_key_is_noticed_before_it_is_used() {
    let app = App::start().await;
    app.vault().lookup_key(TEAM).await.unwrap();
    app.vault().check_master_key().await.unwrap();

    let stranger = Vault::new(app.database.pool.clone(), MasterKey::generate());
    let checked = stranger.check_master_key().await;
    assert!(
        matches!(checked, Err(VaultError::Unwrap("team"))),
        "{checked:?}"
    );
}

#[tokio::test]
async fn a_vault_is_connected_as_its_configuration_says() {
    let app = App::start().await;
    let mut config = VaultConfig {
        postgres: PostgresConfig {
            url: app.database.url.clone().into(),
            max_connections: 2,
            acquire_timeout_seconds: 5,
        },
        master_key: Some(app.master.encode()),
        master_key_file: None,
    };
    let vault = Vault::connect(&config).await.unwrap();
    vault.lookup_key(TEAM).await.unwrap();

    config.master_key = None;
    let error = Vault::connect(&config).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("master_key_file"),
        "{error:#}"
    );
}
