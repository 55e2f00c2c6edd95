use contacts_domain::{ContactRow, RawRow, RawTags, Tag, original_cell, parse_row};
use events::common::Channel;
use proto::segmentation::v1::{ExportContactsRequest, ExportContactsResponse, ExportFormat};
use serde_json::Value;
use test_support::eventually;
use tonic::{Code, Status, Streaming};

use crate::{
    app::{App, TEAM, field, reason},
    people::{Person, TEST, VIP, address, person},
};

fn csv(text: &str, token: &str) -> ExportContactsRequest {
    ExportContactsRequest {
        filter_text: text.to_owned(),
        format: ExportFormat::Csv.into(),
        consistency_token: token.to_owned(),
        ..ExportContactsRequest::default()
    }
}

async fn export(
    app: &App,
    request: ExportContactsRequest,
) -> Result<Streaming<ExportContactsResponse>, Status> {
    Ok(app
        .contacts(TEAM)
        .export_contacts(request)
        .await?
        .into_inner())
}

async fn file(app: &App, request: ExportContactsRequest) -> Vec<u8> {
    let mut pieces = export(app, request).await.unwrap();
    let mut file = Vec::new();
    while let Some(piece) = pieces.message().await.unwrap() {
        file.extend(piece.data);
    }
    file
}

/// Reads a file of ours as an import does.
fn rows(file: &[u8]) -> Vec<ContactRow> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap();
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().unwrap().clone();
    let rows = reader.into_records().map(|record| {
        let record = record.unwrap();
        let cell = |name| {
            let place = header.iter().position(|column| column == name).unwrap();
            original_cell(&record[place])
        };
        let row = RawRow {
            channel: cell("channel"),
            external_id: cell("external_id"),
            display_name: cell("display_name"),
            phone: cell("phone"),
            email: cell("email"),
            member_number: cell("member_no"),
            tags: RawTags::Joined(cell("tags")),
            subscribed_at: cell("subscribed_at"),
            last_interaction_at: cell("last_interaction_at"),
        };
        parse_row(&row, Channel::Line).unwrap()
    });
    rows.collect()
}

fn awkward() -> Person {
    Person {
        phone: "+886 912-345-678".to_owned(),
        email: "-a@b.c".to_owned(),
        member_number: "'=7".to_owned(),
        interacted: Some(3),
        ..person(1, "=HYPERLINK(\"http://x\",\"王, 小明\")", &[VIP, TEST])
    }
}

#[tokio::test]
async fn what_is_exported_can_be_imported_again() {
    let app = App::with_two_teams().await;
    let token = app.import(TEAM, &[awkward(), person(2, "", &[])]).await;
    let file = file(&app, csv("", &token)).await;
    let rows = rows(&file);
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    assert_eq!(row.external_id.as_str(), address(1));
    assert_eq!(row.profile.display_name, awkward().name);
    assert_eq!(row.profile.phone, awkward().phone);
    assert_eq!(row.profile.email, awkward().email);
    let member_number = row.profile.member_number.as_ref().unwrap();
    assert_eq!(member_number.as_str(), awkward().member_number);
    let tags: Vec<&str> = row.tags.iter().map(Tag::as_str).collect();
    assert_eq!(tags, ["test", "vip"]);
    assert_eq!(row.last_interaction_at, Some(crate::people::day(3)));
    assert_eq!(row.subscribed_at, Some(crate::people::day(0)));
    assert_eq!(rows[1].external_id.as_str(), address(2));
}

#[tokio::test]
async fn no_cell_begins_a_formula() {
    let app = App::with_two_teams().await;
    let token = app.import(TEAM, &[awkward()]).await;
    let file = file(&app, csv("", &token)).await;
    let mut reader = csv::Reader::from_reader(file.as_slice());
    for record in reader.records() {
        for cell in &record.unwrap() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
}

#[tokio::test]
async fn lines_of_json_have_the_same_names() {
    let app = App::with_two_teams().await;
    let token = app.import(TEAM, &[awkward(), person(2, "", &[])]).await;
    let request = ExportContactsRequest {
        format: ExportFormat::Jsonl.into(),
        ..csv("", &token)
    };
    let file = String::from_utf8(file(&app, request).await).unwrap();
    let lines: Vec<Value> = file
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["display_name"], awkward().name);
    assert_eq!(lines[0]["phone"], "+886 912-345-678");
    assert_eq!(lines[0]["tags"], serde_json::json!(["test", "vip"]));
    assert_eq!(lines[0]["status"], "subscribed");
    assert_eq!(lines[0]["channel"], "line");
    assert_eq!(lines[1].get("display_name"), None);
}

#[tokio::test]
async fn the_subscribed_are_exported_unless_the_filter_says_otherwise() {
    let app = App::with_two_teams().await;
    app.import(TEAM, &[person(1, "A", &[VIP]), person(2, "B", &[VIP])])
        .await;
    let token = app.block(2).await;
    assert_eq!(rows(&file(&app, csv("tag:vip", &token)).await).len(), 1);
    assert_eq!(
        rows(&file(&app, csv("status = blocked", &token)).await).len(),
        1
    );
    assert_eq!(
        rows(&file(&app, csv("tag:vip status = all", &token)).await).len(),
        2
    );
    // Nobody is a file with a header.
    assert!(rows(&file(&app, csv("nobody", &token)).await).is_empty());
}

#[tokio::test]
async fn a_format_has_to_be_said() {
    let app = App::with_two_teams().await;
    let request = ExportContactsRequest {
        format: ExportFormat::Unspecified.into(),
        ..csv("", "")
    };
    assert_eq!(field(&export(&app, request).await.unwrap_err()), "format");
}

#[tokio::test]
async fn a_large_export_comes_in_small_pieces_and_counts_up() {
    const PEOPLE: u128 = 100_000;
    let app = App::with_two_teams().await;
    let people: Vec<Person> = (1..=PEOPLE)
        .map(|id| person(id, "王小明", &[VIP]))
        .collect();
    let token = app.import(TEAM, &people).await;
    app.wait_for(&token).await;
    let mut pieces = export(&app, csv("tag:vip", &token)).await.unwrap();
    let (mut rows, mut lines) = (0, 0);
    while let Some(piece) = pieces.message().await.unwrap() {
        assert!(piece.data.len() < 256 * 1024, "{} bytes", piece.data.len());
        assert_eq!(piece.total, i64::try_from(PEOPLE).unwrap());
        assert!(piece.rows - rows <= 500);
        rows = piece.rows;
        lines += str::from_utf8(&piece.data).unwrap().lines().count();
    }
    assert_eq!(rows, i64::try_from(PEOPLE).unwrap());
    assert_eq!(lines, 100_001);
}

#[tokio::test]
async fn an_export_that_nobody_reads_any_more_holds_nothing() {
    let app = App::with_two_teams().await;
    // More than a client's window takes in before anybody reads.
    let name = "王".repeat(100);
    let people: Vec<Person> = (1..=10_000).map(|id| person(id, &name, &[])).collect();
    let token = app.import(TEAM, &people).await;
    let mut running = Vec::new();
    for _ in 0..4 {
        running.push(export(&app, csv("", &token)).await.unwrap());
    }
    let refused = export(&app, csv("", &token)).await;
    assert_eq!(
        reason(refused),
        (Code::ResourceExhausted, "TOO_MANY_EXPORTS".to_owned())
    );
    drop(running);
    eventually("another export to be let in", async || {
        export(&app, csv("", &token)).await.ok()
    })
    .await;
}
