mod credentials;

use anyhow::{Context as _, bail};
use proto::{
    common::v1::{Channel, MessagePrice},
    contacts::v1::{
        Account, AccountState, ConnectAccountRequest, DisconnectAccountRequest, GetAccountRequest,
        ListAccountsRequest, ReconnectAccountRequest, RotateCredentialsRequest,
    },
};
use uuid::Uuid;

use self::credentials::credentials;
use super::text;
use crate::{
    cli::{AccountCommand, ChannelArg, ConnectArgs, GiveArgs, RequestArgs},
    client::Client,
    output::{Output, table},
};

pub(crate) async fn run(command: AccountCommand, output: Output) -> anyhow::Result<()> {
    let client = Client::load()?;
    match command {
        AccountCommand::Connect(arguments) => connect(client, arguments, output).await,
        AccountCommand::Rotate(arguments) => rotate(client, arguments, output).await,
        AccountCommand::Disconnect { account, request } => {
            disconnect(client, account, &request, output).await
        }
        AccountCommand::Reconnect(arguments) => reconnect(client, arguments, output).await,
        AccountCommand::Show { account } => show(client, account, output).await,
        AccountCommand::List => list(client, output).await,
    }
}

async fn connect(mut client: Client, arguments: ConnectArgs, output: Output) -> anyhow::Result<()> {
    let channel = Channel::from(arguments.channel);
    let request = ConnectAccountRequest {
        request_id: arguments.request.id(),
        channel: channel.into(),
        name: arguments.name,
        channel_account_id: arguments.channel_account_id,
        country: arguments.country,
        message_price: arguments.price.as_deref().map(parse_price).transpose()?,
        credentials: credentials(channel, arguments.credentials)?,
    };
    let response = client.accounts.connect_account(request).await?.into_inner();
    output.message(&response, |response| {
        let account = response.account.clone().unwrap_or_default();
        let connected = format!("connected {} ({})", account.name, account.account_id);
        if account.webhook_path.is_empty() {
            return connected;
        }
        let path = account.webhook_path;
        format!("{connected}\nset its webhook to <your ingress address>{path}")
    })
}

async fn rotate(mut client: Client, arguments: GiveArgs, output: Output) -> anyhow::Result<()> {
    let channel = channel_of(&mut client, &arguments.account).await?;
    let request = RotateCredentialsRequest {
        request_id: arguments.request.id(),
        account_id: arguments.account,
        credentials: credentials(channel, arguments.credentials)?,
    };
    let response = client.accounts.rotate_credentials(request).await?;
    output.message(&response.into_inner(), |response| {
        let account = response.account.clone().unwrap_or_default();
        format!(
            "{} has its new credentials; webhooks signed with those before are taken for another day",
            account.name
        )
    })
}

async fn disconnect(
    mut client: Client,
    account_id: String,
    request: &RequestArgs,
    output: Output,
) -> anyhow::Result<()> {
    let request = DisconnectAccountRequest {
        request_id: request.id(),
        account_id,
    };
    let response = client.accounts.disconnect_account(request).await?;
    output.message(&response.into_inner(), |response| {
        let account = response.account.clone().unwrap_or_default();
        format!(
            "disconnected {}: nothing is sent or taken in; what there was stays",
            account.name
        )
    })
}

async fn reconnect(mut client: Client, arguments: GiveArgs, output: Output) -> anyhow::Result<()> {
    let channel = channel_of(&mut client, &arguments.account).await?;
    let request = ReconnectAccountRequest {
        request_id: arguments.request.id(),
        account_id: arguments.account,
        credentials: credentials(channel, arguments.credentials)?,
    };
    let response = client.accounts.reconnect_account(request).await?;
    output.message(&response.into_inner(), |response| {
        let account = response.account.clone().unwrap_or_default();
        format!("reconnected {}: what waited is sent now", account.name)
    })
}

async fn show(mut client: Client, account: String, output: Output) -> anyhow::Result<()> {
    let response = client.accounts.get_account(get(account)).await?;
    output.message(&response.into_inner(), |response| {
        let account = response.account.clone().unwrap_or_default();
        let mut table = table(["", ""]);
        table.add_row(["Account", &account.account_id]);
        table.add_row(["Channel", &channel(&account)]);
        table.add_row(["Channel's own id", &account.channel_account_id]);
        table.add_row(["Name", &account.name]);
        table.add_row(["State", &state(&account)]);
        table.add_row(["Country", &account.country]);
        table.add_row(["Connected", &text::time(account.connected_at.as_ref())]);
        table.add_row([
            "Credentials since",
            &text::time(account.credentials_at.as_ref()),
        ]);
        table.add_row(["Webhook path", &account.webhook_path]);
        table.to_string()
    })
}

async fn list(mut client: Client, output: Output) -> anyhow::Result<()> {
    let response = client
        .accounts
        .list_accounts(ListAccountsRequest::default())
        .await?
        .into_inner();
    output.message(&response, |response| {
        let mut table = table([
            "Account",
            "Channel",
            "Name",
            "State",
            "Country",
            "Webhook path",
        ]);
        for account in &response.accounts {
            table.add_row([
                account.account_id.clone(),
                channel(account),
                account.name.clone(),
                state(account),
                account.country.clone(),
                account.webhook_path.clone(),
            ]);
        }
        table.to_string()
    })
}

fn channel(account: &Account) -> String {
    account.channel().as_str_name().replace("CHANNEL_", "")
}

fn state(account: &Account) -> String {
    text::short(account.state().as_str_name(), "ACCOUNT_STATE_")
}

fn get(account_id: String) -> GetAccountRequest {
    GetAccountRequest {
        account_id,
        consistency_token: String::new(),
    }
}

/// Which credentials are to be given.
async fn channel_of(client: &mut Client, account: &str) -> anyhow::Result<Channel> {
    let response = client.accounts.get_account(get(account.to_owned())).await?;
    let account = response
        .into_inner()
        .account
        .context("no account came back")?;
    Ok(account.channel())
}

impl RequestArgs {
    fn id(&self) -> String {
        self.request_id.unwrap_or_else(Uuid::new_v4).to_string()
    }
}

impl From<ChannelArg> for Channel {
    fn from(channel: ChannelArg) -> Self {
        match channel {
            ChannelArg::Line => Self::Line,
            ChannelArg::Messenger => Self::Messenger,
            ChannelArg::Whatsapp => Self::Whatsapp,
            ChannelArg::Email => Self::Email,
        }
    }
}

/// The account that is meant: the one named, or the only one that is connected.
pub(crate) async fn resolve(client: &mut Client, named: Option<String>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named);
    }
    let accounts: Vec<Account> = client
        .accounts
        .list_accounts(ListAccountsRequest::default())
        .await?
        .into_inner()
        .accounts
        .into_iter()
        .filter(|account| account.state() == AccountState::Connected)
        .collect();
    match accounts.as_slice() {
        [only] => Ok(only.account_id.clone()),
        [] => bail!("no account is connected: `fanfare account connect`"),
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
