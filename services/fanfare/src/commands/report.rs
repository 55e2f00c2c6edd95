use proto::reporting::v1::{
    BroadcastReport, GetBroadcastReportRequest, ListAttributedOrdersRequest,
    ListBroadcastReportsRequest, ListRecipientsRequest, RecipientStatus,
};

use super::text::{channel_name, count, money, time};
use crate::{
    cli::{ListOf, RecipientsArgs, ReportCommand},
    client::Client,
    output::{Output, table},
};

pub(crate) async fn run(command: ReportCommand, output: Output) -> anyhow::Result<()> {
    let client = Client::load()?;
    match command {
        ReportCommand::Show {
            broadcast: Some(broadcast),
        } => show(client, broadcast, output).await,
        ReportCommand::Show { broadcast: None } => list(client, output).await,
        ReportCommand::Recipients(arguments) => recipients(client, arguments, output).await,
        ReportCommand::Orders { broadcast } => orders(client, broadcast, output).await,
    }
}

async fn show(mut client: Client, broadcast_id: String, output: Output) -> anyhow::Result<()> {
    let request = GetBroadcastReportRequest {
        broadcast_id,
        consistency_token: String::new(),
    };
    let response = client
        .reporting
        .get_broadcast_report(request)
        .await?
        .into_inner();
    output.message(&response.report.unwrap_or_default(), report_table)
}

async fn list(mut client: Client, output: Output) -> anyhow::Result<()> {
    let response = client
        .reporting
        .list_broadcast_reports(ListBroadcastReportsRequest::default())
        .await?
        .into_inner();
    output.message(&response, |response| {
        let mut table = table([
            "Broadcast",
            "Name",
            "Channel",
            "State",
            "Audience",
            "Sent",
            "Failed",
            "Delivered",
            "Read",
            "Clicked",
            "Orders",
            "Revenue",
            "ROAS",
        ]);
        for report in &response.reports {
            table.add_row([
                report.broadcast_id.clone(),
                report.name.clone(),
                channel_name(report.channel()).to_owned(),
                report.state.to_ascii_lowercase(),
                count(report.audience),
                count(report.sent),
                count(report.failed),
                brief(report.delivered),
                brief(report.read),
                number(report, "clicked", report.clicked.map(count)),
                number(report, "orders", report.orders.map(count)),
                number(report, "revenue", revenue(report)),
                number(report, "roas", report.roas.clone()),
            ]);
        }
        table.to_string()
    })
}

/// Every number of a report, and why one is absent.
pub(crate) fn report_table(report: &BroadcastReport) -> String {
    let mut table = table([
        report.name.as_str(),
        report.state.to_ascii_lowercase().as_str(),
    ]);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("channel", channel_name(report.channel()).to_owned());
    row("audience", count(report.audience));
    for left_out in &report.left_out_by_reason {
        let reason = left_out.reason.to_ascii_lowercase().replace('_', " ");
        row(&format!("  left out: {reason}"), count(left_out.contacts));
    }
    row("sent (accepted by the channel)", count(report.sent));
    if report.held > 0 {
        row("  held back for now", count(report.held));
    }
    row("failed", count(report.failed));
    for failure in &report.failed_by_reason {
        let class = failure.failure_class.to_ascii_lowercase();
        row(
            &format!("  {class}: {}", failure.code),
            count(failure.recipients),
        );
    }
    row("unknown", count(report.unknown));
    if report.not_sent > 0 {
        row("not sent", count(report.not_sent));
    }
    if report.pending > 0 {
        row("pending", count(report.pending));
    }
    row(
        "delivered",
        number(report, "delivered", report.delivered.map(count)),
    );
    if let Some(open) = report.delivery_open.filter(|open| *open > 0) {
        row("  not told yet", count(open));
    }
    row("read", number(report, "read", report.read.map(count)));
    row(
        "clicked",
        number(report, "clicked", report.clicked.map(count)),
    );
    let ctr = report.ctr.map(|ctr| format!("{:.2} %", ctr * 100.0));
    row("CTR", number(report, "ctr", ctr));
    row("orders", number(report, "orders", report.orders.map(count)));
    row("revenue", number(report, "revenue", revenue(report)));
    row(
        "cost",
        number(report, "cost", report.cost.as_ref().map(money)),
    );
    row("ROAS", number(report, "roas", report.roas.clone()));
    table.to_string()
}

/// In a table of many reports there is no room for why.
fn brief(value: Option<i64>) -> String {
    value.map_or_else(|| "-".to_owned(), count)
}

fn revenue(report: &BroadcastReport) -> Option<String> {
    let amounts: Vec<String> = report.revenue.iter().map(money).collect();
    (!amounts.is_empty()).then(|| amounts.join(" + "))
}

/// A number, or in words why there is none. Never 0 for what is not known.
fn number(report: &BroadcastReport, field: &str, value: Option<String>) -> String {
    value.unwrap_or_else(|| {
        report
            .missing
            .iter()
            .find(|missing| missing.field == field)
            .map_or_else(
                || "-".to_owned(),
                |missing| format!("- ({})", missing.message),
            )
    })
}

async fn recipients(
    mut client: Client,
    arguments: RecipientsArgs,
    output: Output,
) -> anyhow::Result<()> {
    let request = ListRecipientsRequest {
        broadcast_id: arguments.broadcast,
        status: status(arguments.status).into(),
        page_size: arguments.limit,
        page_token: arguments.page_token,
        consistency_token: String::new(),
    };
    let response = client
        .reporting
        .list_recipients(request)
        .await?
        .into_inner();
    output.message(&response, |response| {
        let mut table = table(["Contact", "Status", "Why", "At", "Browser"]);
        for recipient in &response.recipients {
            table.add_row([
                recipient.contact_id.clone(),
                recipient.status.to_ascii_lowercase(),
                recipient.reason.clone(),
                time(recipient.at.as_ref()),
                recipient.visitor_id.clone(),
            ]);
        }
        let shown = response.recipients.len();
        let mut page = format!("{table}\n{shown} of {}", count(response.total));
        if !response.next_page_token.is_empty() {
            page.push_str("; more with --page-token ");
            page.push_str(&response.next_page_token);
        }
        page
    })
}

fn status(list: ListOf) -> RecipientStatus {
    match list {
        ListOf::Audience => RecipientStatus::Audience,
        ListOf::LeftOut => RecipientStatus::LeftOut,
        ListOf::Sent => RecipientStatus::Sent,
        ListOf::Failed => RecipientStatus::Failed,
        ListOf::Unknown => RecipientStatus::Unknown,
        ListOf::NotSent => RecipientStatus::NotSent,
        ListOf::Pending => RecipientStatus::Pending,
        ListOf::Clicked => RecipientStatus::Clicked,
        ListOf::Delivered => RecipientStatus::Delivered,
        ListOf::Read => RecipientStatus::Read,
        ListOf::DeliveryOpen => RecipientStatus::DeliveryOpen,
        ListOf::Held => RecipientStatus::Held,
    }
}

async fn orders(mut client: Client, broadcast_id: String, output: Output) -> anyhow::Result<()> {
    let request = ListAttributedOrdersRequest {
        broadcast_id,
        ..ListAttributedOrdersRequest::default()
    };
    let response = client
        .reporting
        .list_attributed_orders(request)
        .await?
        .into_inner();
    output.message(&response, |response| {
        let mut table = table(["Order", "Placed", "Total", "Clicked", "Tied by"]);
        for order in &response.orders {
            table.add_row([
                order.order_id.clone(),
                time(order.placed_at.as_ref()),
                order.total.as_ref().map(money).unwrap_or_default(),
                time(order.clicked_at.as_ref()),
                order.ground.to_ascii_lowercase(),
            ]);
        }
        format!("{table}\n{} orders", count(response.total))
    })
}
