use events::to_timestamp;
use proto::{
    common::v1,
    reporting::v1::{BroadcastReport, Failure, LeftOut, Missing},
};
use reporting_domain::{
    ATTRIBUTION_WINDOW, Absent, Basis, Currency, DEFINITIONS_VERSION, Figures, Money, Orders,
    PriceList, Terms, price_at,
};

use crate::{
    channel_tells::ChannelTells,
    labels,
    queries::{Attributed, Broadcast, Counts, People},
};

/// What a report is made of.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) broadcast: Broadcast,
    pub(crate) counts: Counts,
    pub(crate) terms: &'a [Terms],
    pub(crate) tracking_connected: bool,
    pub(crate) prices: &'a PriceList,
}

impl Sources<'_> {
    pub(crate) fn report(self) -> BroadcastReport {
        let figures = Figures::of(self.basis());
        let mut report = self.people();
        show(&mut report, figures);
        report
    }

    fn basis(&self) -> Basis {
        let channel = labels::channel(self.broadcast.channel);
        let tells = ChannelTells::of(self.broadcast.channel);
        let told = |people: Option<People>| {
            let people = people.ok_or(Absent::ChannelDoesNotTell)?;
            Ok(self.counts.of(&people).unsigned_abs())
        };
        let sent = self.counts.of(&People::SENT).unsigned_abs();
        // Nothing told is not nobody reached: the account's webhook may not be connected.
        let heard = |people: Option<People>| match told(people) {
            Ok(_) if tells.by_webhook() && self.counts.of(&People::TOLD_OF) == 0 => {
                Err(Absent::NothingToldYet)
            }
            figure => figure,
        };
        Basis {
            sent,
            billed: tells
                .billed()
                .map_or(sent, |people| self.counts.of(&people).unsigned_abs()),
            delivered: heard(tells.delivered()),
            delivery_open: told(tells.delivery_open()),
            read: heard(tells.read()),
            has_tracked_link: self.broadcast.tracked_links > 0,
            visitors_clicked: self.counts.clicked.unsigned_abs(),
            orders: self.tracking_connected.then(|| orders(&self.counts)),
            price: price_at(
                channel,
                self.terms,
                self.broadcast.confirmed_at,
                self.prices,
            ),
        }
    }

    /// The numbers that every broadcast has.
    fn people(self) -> BroadcastReport {
        let counts = &self.counts;
        BroadcastReport {
            broadcast_id: self.broadcast.id.to_string(),
            account_id: self.broadcast.account_id.to_string(),
            channel: i32::from(self.broadcast.channel),
            state: self.broadcast.state().to_owned(),
            confirmed_at: self.broadcast.confirmed_at.map(to_timestamp),
            completed_at: self.broadcast.completed_at.map(to_timestamp),
            name: self.broadcast.name,
            definitions_version: DEFINITIONS_VERSION.to_owned(),
            audience: counts.audience(),
            left_out: counts.left_out(),
            left_out_by_reason: left_out(counts),
            sent: counts.of(&People::SENT),
            failed: counts.of(&People::FAILED),
            failed_by_reason: failures(counts),
            unknown: counts.of(&People::UNKNOWN),
            not_sent: counts.of(&People::NOT_SENT),
            pending: counts.of(&People::PENDING),
            held: counts.of(&People::HELD),
            attribution_window_seconds: ATTRIBUTION_WINDOW.num_seconds(),
            ..BroadcastReport::default()
        }
    }
}

fn orders(counts: &Counts) -> Orders {
    Orders {
        count: counts.orders().unsigned_abs(),
        totals: counts.attributed.iter().filter_map(total).collect(),
    }
}

/// The projection has refused what is not a currency.
fn total(attributed: &Attributed) -> Option<(Currency, i128)> {
    let currency = Currency::parse(&attributed.currency).ok()?;
    Some((currency, attributed.minor_units.parse().ok()?))
}

fn left_out(counts: &Counts) -> Vec<LeftOut> {
    let each = counts.left_out.iter().map(|count| LeftOut {
        reason: labels::exclusion_reason(count.reason).to_owned(),
        contacts: count.people,
    });
    each.collect()
}

fn failures(counts: &Counts) -> Vec<Failure> {
    let each = counts.failures().into_iter();
    let each = each.map(|((class, code), recipients)| Failure {
        failure_class: labels::failure_class(class).to_owned(),
        code: code.to_owned(),
        recipients,
    });
    each.collect()
}

/// Fills in the figures that there are, and says why the others are missing.
fn show(report: &mut BroadcastReport, figures: Figures) {
    let mut missing = MissingNumbers::default();
    report.delivered = missing.note("delivered", figures.delivered).map(count);
    let open = missing.note("delivery_open", figures.delivery_open);
    report.delivery_open = open.map(count);
    report.read = missing.note("read", figures.read).map(count);
    report.clicked = missing.note("clicked", figures.clicked).map(count);
    report.ctr = missing.note("ctr", figures.ctr);
    report.orders = missing.note("orders", figures.orders).map(count);
    let revenue = missing.note("revenue", figures.revenue).unwrap_or_default();
    report.revenue = revenue.into_iter().map(money).collect();
    report.cost = missing.note("cost", figures.cost).map(money);
    report.roas = missing.note("roas", figures.roas);
    report.missing = missing.0;
}

#[derive(Debug, Default)]
struct MissingNumbers(Vec<Missing>);

impl MissingNumbers {
    fn note<T>(&mut self, field: &str, figure: Result<T, Absent>) -> Option<T> {
        let note = |absent: Absent| {
            self.0.push(Missing {
                field: field.to_owned(),
                reason: absent.reason().to_owned(),
                message: absent.message().to_owned(),
            });
        };
        figure.map_err(note).ok()
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn money(money: Money) -> v1::Money {
    v1::Money {
        currency: money.currency.code().to_owned(),
        minor_units: money.minor_units,
    }
}
