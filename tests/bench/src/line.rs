mod audience;
mod bare;
mod broadcast;
mod fanfare;
mod installation;
mod options;
mod process;
mod report;

use anyhow::Context as _;
use simulator::{ChannelSettings, Control, RateLimit};

pub(crate) use self::options::Options;
use self::{fanfare::Fanfare, installation::Installation, report::Report};
use crate::{machine::Machine, output::Output, servers::Servers};

/// The same text for Fanfare and for the bare client.
const TEXT: &str = "New arrivals this week. See you in the shop!";
const ACCESS_TOKEN: &str = "bench-access-token";
const CHANNEL_SECRET: &str = "bench-channel-secret";
/// Multicasts a second that nobody reaches here; LINE itself takes 200.
const RATE: u32 = 1_000_000;

/// Measures one broadcast to many beside a client that does nothing but post the same multicasts.
pub(crate) async fn run(options: &Options, output: Output) -> anyhow::Result<()> {
    process::build(output).await?;
    let machine = Machine::describe().await;
    output.note("starting servers, simulator and Fanfare");
    let servers = Servers::start(&options.dir, output)?;
    let installation = Installation::start(&servers).await?;
    let control = Control::new(&installation.line_url)?;
    for channel in ["bare", "shop"] {
        control.set_channel(channel, &settings(channel)).await?;
    }

    output.note("a bare client posts the multicasts");
    let bare = bare::measure(&installation.line_url, &token("bare"), options).await?;

    let mut fanfare = Fanfare::connect(&installation.endpoints)?;
    let account_id = fanfare
        .connect_account(&token("shop"), CHANNEL_SECRET)
        .await?;
    output.note(&format!("importing {} contacts", options.people));
    let imported = audience::import(&mut fanfare, &account_id, options).await?;
    servers.settle().await?;
    output.note("broadcasting");
    let broadcast = broadcast::measure(&mut fanfare, account_id, options).await?;

    let memory = installation.memory()?;
    let totals = control
        .totals("shop")
        .await
        .context("cannot ask who got what")?;
    anyhow::ensure!(
        totals.deliveries == u64::from(options.people) && totals.max_per_person == 1,
        "{} of {} people were reached, and one of them {} times",
        totals.people_received,
        options.people,
        totals.max_per_person
    );
    let report = Report::new(machine, options, imported, &broadcast, bare, memory);
    output.report(&report, Report::text)
}

fn token(channel: &str) -> String {
    format!("{ACCESS_TOKEN}-{channel}")
}

fn settings(channel: &str) -> ChannelSettings {
    ChannelSettings {
        access_token: token(channel),
        channel_secret: CHANNEL_SECRET.to_owned(),
        multicast_rate: RateLimit::each_second(f64::from(RATE)),
        ..ChannelSettings::default()
    }
}
