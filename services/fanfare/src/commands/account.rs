use anyhow::{Context as _, bail};
use proto::{
    common::v1::{Channel, MessagePrice},
    contacts::v1::{Account, ConnectAccountRequest, ListAccountsRequest},
};
use uuid::Uuid;

use crate::{
    cli::{AccountCommand, ConnectArgs},
    client::Client,
    output::{Output, table},
};

pub(crate) async fn run(command: AccountCommand, output: Output) -> anyhow::Result<()> {
    let client = Client::load()?;
    match command {
        AccountCommand::Connect(arguments) => connect(client, arguments, output).await,
        AccountCommand::List => list(client, output).await,
    }
}

async fn connect(mut client: Client, arguments: ConnectArgs, output: Output) -> anyhow::Result<()> {
    let request = ConnectAccountRequest {
        request_id: arguments
            .request_id
            .unwrap_or_else(Uuid::new_v4)
            .to_string(),
        channel: Channel::Line.into(),
        name: arguments.name,
        channel_account_id: String::new(),
        access_token: arguments.access_token,
        channel_secret: arguments.channel_secret,
        country: arguments.country,
        message_price: arguments.price.as_deref().map(parse_price).transpose()?,
    };
    let response = client.accounts.connect_account(request).await?.into_inner();
    output.message(&response, |response| {
        let account = response.account.clone().unwrap_or_default();
        format!(
            "connected {} ({})\nset its webhook to <your ingress address>{}",
            account.name, account.account_id, account.webhook_path
        )
    })
}

async fn list(mut client: Client, output: Output) -> anyhow::Result<()> {
    let response = client
        .accounts
        .list_accounts(ListAccountsRequest::default())
        .await?
        .into_inner();
    output.message(&response, |response| {
        let mut table = table(["Account", "Channel", "Name", "Country", "Webhook path"]);
        for account in &response.accounts {
            table.add_row([
                account.account_id.clone(),
                account.channel().as_str_name().replace("CHANNEL_", ""),
                account.name.clone(),
                account.country.clone(),
                account.webhook_path.clone(),
            ]);
        }
        table.to_string()
    })
}

/// The account that is meant: the one named, or the only one that there is.
pub(crate) async fn resolve(client: &mut Client, named: Option<String>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named);
    }
    let accounts: Vec<Account> = client
        .accounts
        .list_accounts(ListAccountsRequest::default())
        .await?
        .into_inner()
        .accounts;
    match accounts.as_slice() {
        [only] => Ok(only.account_id.clone()),
        [] => bail!("no account is connected yet: `fanfare account connect`"),
        _ => bail!(
            "several accounts are connected: say which with --account (`fanfare account list`)"
        ),
    }
}

/// `TWD 0.15`: a currency and a decimal with up to six places.
pub(crate) fn parse_price(text: &str) -> anyhow::Result<MessagePrice> {
    let wrong = "write a price as a currency and a decimal, for example \"TWD 0.15\"";
    let (currency, amount) = text.split_once(' ').context(wrong)?;
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > 6 || !digits(whole) || !digits(fraction) || whole.is_empty() {
        bail!(wrong);
    }
    let micros: i64 = format!("{whole}{fraction:0<6}").parse().context(wrong)?;
    Ok(MessagePrice {
        currency: currency.to_ascii_uppercase(),
        micros,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_exact() {
        let price = |text| {
            parse_price(text)
                .map(|price| (price.currency, price.micros))
                .ok()
        };
        assert_eq!(price("TWD 0.15"), Some(("TWD".to_owned(), 150_000)));
        assert_eq!(price("jpy 3"), Some(("JPY".to_owned(), 3_000_000)));
        assert_eq!(price("TWD 0.1234567"), None);
        assert_eq!(price("TWD -1"), None);
        assert_eq!(price("0.15"), None);
    }
}
