use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tempfile::TempDir;

/// 2,357 customers of a music shop and their orders of 1997 and 1998, with their channels made up.
/// See tests/data/README.md for the source.
const CONTACTS: &str = include_str!("../../../../tests/data/contacts.csv");
const ORDERS: &str = include_str!("../../../../tests/data/orders.csv");

/// The files that the demo reads.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) contacts: PathBuf,
    pub(crate) orders: Vec<OrderRow>,
    /// The rows of the LINE channel: who is who.
    pub(crate) people: Vec<PersonRow>,
    /// The addresses of the rows of mail.
    pub(crate) mailboxes: Vec<String>,
    _dir: TempDir,
}

/// A row of an order file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OrderRow {
    pub(crate) order_id: String,
    pub(crate) member_no: String,
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) currency: String,
    /// A decimal of the major unit.
    pub(crate) amount: String,
}

/// A row of a contact file, as far as the demo looks at it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PersonRow {
    channel: String,
    pub(crate) external_id: String,
    pub(crate) member_no: String,
}

impl Sample {
    /// The bundled files, or those named instead.
    pub(crate) fn read(contacts: Option<&Path>, orders: Option<&Path>) -> anyhow::Result<Self> {
        let dir = TempDir::new().context("cannot make a temporary folder")?;
        let contacts = match contacts {
            Some(path) => path.to_owned(),
            None => write(&dir, CONTACTS)?,
        };
        let orders = match orders {
            Some(path) => read_text(path)?,
            None => ORDERS.to_owned(),
        };
        Self::parse(dir, contacts, &orders)
    }

    /// `people` made-up contacts, five in seven tagged `repeat`, another seventh `vip` too. The first
    /// of them are the members whose real orders are fed in.
    pub(crate) fn synthetic(people: u32) -> anyhow::Result<Self> {
        let dir = TempDir::new().context("cannot make a temporary folder")?;
        let path = dir.path().join("contacts.csv");
        let mut file = std::io::BufWriter::new(fs::File::create(&path)?);
        writeln!(
            file,
            "channel,external_id,display_name,member_no,tags,subscribed_at,last_interaction_at"
        )?;
        let orders: Vec<OrderRow> = parse_orders(ORDERS)?;
        let mut members: Vec<String> = orders.into_iter().map(|order| order.member_no).collect();
        members.dedup();
        for person in 0..people {
            let tags = match person % 7 {
                0 => "repeat|vip",
                1..6 => "repeat",
                _ => "",
            };
            let member = match members.get(usize::try_from(person)?) {
                Some(member) => member.clone(),
                None => format!("M{person}"),
            };
            writeln!(
                file,
                "line,U{person:032x},Customer {person},{member},{tags},2026-01-01T00:00:00Z,2026-06-01T00:00:00Z"
            )?;
        }
        file.flush()?;
        drop(file);
        Self::parse(dir, path, ORDERS)
    }

    fn parse(dir: TempDir, contacts: PathBuf, orders: &str) -> anyhow::Result<Self> {
        let orders = parse_orders(orders)?;
        let rows: Vec<PersonRow> = csv::Reader::from_path(&contacts)
            .with_context(|| format!("cannot open {}", contacts.display()))?
            .into_deserialize::<PersonRow>()
            .filter_map(Result::ok)
            .filter(|row: &PersonRow| ["line", "email"].contains(&row.channel.as_str()))
            .collect();
        let (people, mail): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.channel == "line");
        Ok(Self {
            contacts,
            orders,
            people,
            mailboxes: mail.into_iter().map(|row| row.external_id).collect(),
            _dir: dir,
        })
    }
}

fn parse_orders(orders: &str) -> anyhow::Result<Vec<OrderRow>> {
    csv::Reader::from_reader(orders.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>()
        .context("cannot read the orders; the columns are order_id, member_no, ordered_at, currency, amount")
}

fn write(dir: &TempDir, text: &str) -> anyhow::Result<PathBuf> {
    let path = dir.path().join("contacts.csv");
    fs::write(&path, text).context("cannot write a temporary file")?;
    Ok(path)
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot open {}", path.display()))
}
