//! Two teams with the same ids, and nothing of one seen by the other.

use proto::segmentation::v1::{
    CountContactsRequest, DeleteSegmentRequest, ExportContactsRequest, ExportFormat, Filter,
    GetSegmentRequest, ListSegmentsRequest, ParseFilterRequest, Tags, filter::Condition,
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{App, OTHER_TEAM, TEAM, reason, segment},
    people::{VIP, person},
};

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

#[tokio::test]
async fn a_segment_of_another_team_is_not_there() {
    let app = App::with_two_teams().await;
    let (_, token) = app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    let mut others = app.segments(OTHER_TEAM);
    let get = GetSegmentRequest {
        segment_id: id(1),
        version: 0,
        consistency_token: token.clone(),
    };
    assert_eq!(
        reason(others.get_segment(get.clone()).await).0,
        Code::NotFound
    );
    let list = ListSegmentsRequest {
        consistency_token: token.clone(),
        ..ListSegmentsRequest::default()
    };
    let listed = others
        .list_segments(list.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(listed.segments.is_empty());
    let delete = DeleteSegmentRequest {
        segment_id: id(1),
        version: 0,
    };
    assert_eq!(
        reason(others.delete_segment(delete).await).0,
        Code::NotFound
    );
    let change = segment(1, 1, "Mine", "everyone");
    assert_eq!(reason(others.save_segment(change).await).0, Code::NotFound);
    let count = CountContactsRequest {
        segment_id: id(1),
        consistency_token: token.clone(),
        ..CountContactsRequest::default()
    };
    let counted = app.contacts(OTHER_TEAM).count_contacts(count).await;
    assert_eq!(reason(counted).0, Code::NotFound);

    // The same id and the same name may be used there, and change nothing here.
    let saved = others.save_segment(segment(1, 0, "VIPs", "everyone")).await;
    let token = saved.unwrap().into_inner().consistency_token;
    let get = GetSegmentRequest {
        consistency_token: token,
        ..get
    };
    let ours = app.segments(TEAM).get_segment(get).await.unwrap();
    assert_eq!(ours.into_inner().segment.unwrap().filter_text, "tag:vip");
}

#[tokio::test]
async fn an_export_has_the_callers_contacts_only() {
    let app = App::with_two_teams().await;
    app.import(TEAM, &[person(1, "Ours", &[VIP])]).await;
    let token = app.import(OTHER_TEAM, &[person(2, "Theirs", &[VIP])]).await;
    let request = ExportContactsRequest {
        filter_text: "tag:vip status = all".to_owned(),
        format: ExportFormat::Jsonl.into(),
        consistency_token: token,
        ..ExportContactsRequest::default()
    };
    for (team_id, theirs, others) in [(TEAM, "Ours", "Theirs"), (OTHER_TEAM, "Theirs", "Ours")] {
        let exported = app.contacts(team_id).export_contacts(request.clone()).await;
        let mut pieces = exported.unwrap().into_inner();
        let mut file = Vec::new();
        while let Some(piece) = pieces.message().await.unwrap() {
            file.extend(piece.data);
        }
        let file = String::from_utf8(file).unwrap();
        assert!(file.contains(theirs) && !file.contains(others), "{file}");
    }
}

#[tokio::test]
async fn a_tag_of_another_team_has_no_name() {
    let app = App::with_two_teams().await;
    let secret = Uuid::from_u128(0x99);
    app.create_tag(OTHER_TEAM, secret, "secret").await;
    let token = app.create_tag(TEAM, Uuid::from_u128(0x98), "own").await;
    let tags = Tags {
        tags: Vec::new(),
        tag_ids: vec![secret.to_string()],
    };
    let filter = Filter {
        condition: Some(Condition::HasAnyTag(tags)),
    };
    let count = CountContactsRequest {
        filter: Some(filter.clone()),
        consistency_token: token,
        ..CountContactsRequest::default()
    };
    let counted = app.contacts(TEAM).count_contacts(count).await;
    assert_eq!(reason(counted).0, Code::InvalidArgument);
    let parse = ParseFilterRequest {
        text: String::new(),
        filter: Some(filter),
    };
    let parsed = app.contacts(TEAM).parse_filter(parse).await.unwrap();
    assert_eq!(parsed.into_inner().text, format!("tag:id({secret})"));
}
