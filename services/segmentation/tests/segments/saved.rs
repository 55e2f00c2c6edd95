use proto::segmentation::v1::{
    DeleteSegmentRequest, Filter, GetSegmentRequest, ListSegmentsRequest, SaveSegmentRequest,
    Segment,
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, OTHER_ACCOUNT, TEAM, field, reason, segment},
    people::VIP,
};

async fn get(app: &App, id: u128, version: i64, token: &str) -> Result<Segment, Status> {
    let request = GetSegmentRequest {
        segment_id: Uuid::from_u128(id).to_string(),
        version,
        consistency_token: token.to_owned(),
    };
    let response = app.segments(TEAM).get_segment(request).await?;
    Ok(response.into_inner().segment.unwrap())
}

async fn delete(app: &App, id: u128, version: i64) -> Result<String, Status> {
    let request = DeleteSegmentRequest {
        segment_id: Uuid::from_u128(id).to_string(),
        version,
    };
    let response = app.segments(TEAM).delete_segment(request).await?;
    Ok(response.into_inner().consistency_token)
}

async fn names(app: &App, token: &str) -> Vec<String> {
    let request = ListSegmentsRequest {
        consistency_token: token.to_owned(),
        ..ListSegmentsRequest::default()
    };
    let response = app.segments(TEAM).list_segments(request).await.unwrap();
    let segments = response.into_inner().segments.into_iter();
    segments.map(|segment| segment.name).collect()
}

#[tokio::test]
async fn each_version_of_a_segment_stays_readable() {
    let app = App::with_two_teams().await;
    let (first, _) = app
        .save(segment(1, 0, " VIPs ", "tag:vip AND NOT tag:test"))
        .await
        .unwrap();
    assert_eq!((first.version, first.name.as_str()), (1, "VIPs"));
    assert_eq!(first.filter_text, "tag:vip AND NOT tag:test");

    let changed = SaveSegmentRequest {
        account_id: ACCOUNT.to_string(),
        ..segment(1, 1, "Regulars", "tag:vip")
    };
    let (second, token) = app.save(changed).await.unwrap();
    assert_eq!(second.version, 2);
    assert_eq!(get(&app, 1, 0, &token).await.unwrap(), second);
    assert_eq!(get(&app, 1, 2, &token).await.unwrap(), second);
    assert_eq!(get(&app, 1, 1, &token).await.unwrap(), first);
    assert_eq!(reason(get(&app, 1, 3, &token).await).0, Code::NotFound);
    assert_eq!(names(&app, &token).await, ["Regulars"]);
}

#[tokio::test]
async fn a_change_that_is_based_on_another_version_is_refused() {
    let app = App::with_two_teams().await;
    app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    app.save(segment(1, 1, "VIPs", "tag:test")).await.unwrap();
    let stale = app.save(segment(1, 1, "VIPs", "tag:vip tag:test")).await;
    assert_eq!(reason(stale), (Code::Aborted, "OTHER_VERSION".to_owned()));
    let stale = delete(&app, 1, 1).await;
    assert_eq!(reason(stale), (Code::Aborted, "OTHER_VERSION".to_owned()));
}

#[tokio::test]
async fn saving_again_with_a_lost_answer_makes_no_other_version() {
    let app = App::with_two_teams().await;
    let (first, _) = app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    let (again, token) = app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(get(&app, 1, 0, &token).await.unwrap(), first);
}

#[tokio::test]
async fn a_name_is_of_one_segment_whoever_comes_first() {
    let app = App::with_two_teams().await;
    let tries = (1..=8).map(|id| app.save(segment(id, 0, "VIPs", "tag:vip")));
    let mut saved = 0;
    for outcome in futures_util::future::join_all(tries).await {
        match outcome {
            Ok(_) => saved += 1,
            Err(status) => assert!(
                [Code::AlreadyExists, Code::Aborted].contains(&status.code()),
                "{status:?}"
            ),
        }
    }
    assert_eq!(saved, 1);
    let taken = app.save(segment(9, 0, "vips", "tag:vip")).await;
    assert_eq!(
        reason(taken),
        (Code::AlreadyExists, "NAME_TAKEN".to_owned())
    );
}

#[tokio::test]
async fn a_tag_that_is_renamed_stays_in_segments() {
    let app = App::with_two_teams().await;
    let (saved, token) = app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    assert_eq!(get(&app, 1, 0, &token).await.unwrap(), saved);
    let token = app.rename_tag(VIP, "熟客").await;
    let renamed = get(&app, 1, 0, &token).await.unwrap();
    assert_eq!(renamed.filter_text, "tag:熟客");

    let token = app.delete_tag(VIP).await;
    let deleted = get(&app, 1, 0, &token).await.unwrap();
    assert_eq!(deleted.filter_text, format!("tag:id({VIP})"));
}

#[tokio::test]
async fn a_deleted_segment_is_gone_with_all_its_versions() {
    let app = App::with_two_teams().await;
    app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    app.save(segment(1, 1, "VIPs", "tag:test")).await.unwrap();
    let token = delete(&app, 1, 0).await.unwrap();
    assert_eq!(reason(get(&app, 1, 0, &token).await).0, Code::NotFound);
    assert_eq!(reason(get(&app, 1, 1, &token).await).0, Code::NotFound);
    assert!(names(&app, &token).await.is_empty());
    // Again is as well, and its name is free.
    delete(&app, 1, 0).await.unwrap();
    assert_eq!(reason(delete(&app, 2, 0).await).0, Code::NotFound);
    let back = app.save(segment(1, 0, "VIPs", "tag:vip")).await;
    assert_eq!(reason(back).0, Code::NotFound);
    app.save(segment(2, 0, "VIPs", "tag:vip")).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let app = App::with_two_teams().await;
    let whole = || segment(1, 0, "VIPs", "tag:vip");
    let refused = [
        (
            SaveSegmentRequest {
                segment_id: "x".to_owned(),
                ..whole()
            },
            "segment_id",
        ),
        (segment(1, 0, " ", "tag:vip"), "name"),
        (segment(1, -1, "VIPs", "tag:vip"), "version"),
        (segment(1, 0, "VIPs", ""), "filter"),
        (segment(1, 0, "VIPs", "tag:vip AND"), "filter_text"),
        (segment(1, 0, "VIPs", "tag:unknown"), "filter_text"),
        (
            SaveSegmentRequest {
                filter: Some(Filter::default()),
                ..whole()
            },
            "filter_text",
        ),
        (
            SaveSegmentRequest {
                account_id: "x".to_owned(),
                ..whole()
            },
            "account_id",
        ),
    ];
    for (request, name) in refused {
        let status = app.save(request).await.unwrap_err();
        assert_eq!(
            (status.code(), field(&status).as_str()),
            (Code::InvalidArgument, name)
        );
    }
    let of_another_team = SaveSegmentRequest {
        account_id: OTHER_ACCOUNT.to_string(),
        ..whole()
    };
    let status = app.save(of_another_team).await;
    assert_eq!(
        reason(status),
        (Code::NotFound, "ACCOUNT_NOT_FOUND".to_owned())
    );
}

#[tokio::test]
async fn segments_are_listed_by_name_page_by_page() {
    let app = App::with_two_teams().await;
    let mut token = String::new();
    for (id, name) in [(1, "c"), (2, "a"), (3, "b"), (4, "e"), (5, "d")] {
        (_, token) = app.save(segment(id, 0, name, "everyone")).await.unwrap();
    }
    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListSegmentsRequest {
            consistency_token: token.clone(),
            page_size: 2,
            page_token,
        };
        let response = app.segments(TEAM).list_segments(request).await.unwrap();
        let page = response.into_inner();
        assert!(page.segments.len() <= 2);
        names.extend(page.segments.into_iter().map(|segment| segment.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn the_read_model_is_rebuilt_from_the_log_to_the_same_content() {
    let mut app = App::with_two_teams().await;
    app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    app.save(segment(2, 0, "Tests", "tag:test")).await.unwrap();
    delete(&app, 2, 0).await.unwrap();
    let (latest, token) = app.save(segment(1, 1, "VIPs", "tag:test")).await.unwrap();
    let first = get(&app, 1, 1, &token).await.unwrap();

    app.rebuild_segments().await;
    assert_eq!(get(&app, 1, 0, &token).await.unwrap(), latest);
    assert_eq!(get(&app, 1, 1, &token).await.unwrap(), first);
    assert_eq!(names(&app, &token).await, ["VIPs"]);
}

#[tokio::test]
async fn whom_a_filter_names_is_in_no_table() {
    let app = App::with_two_teams().await;
    let named = "name = \"Wang Xiaoming\" OR phone = \"+886912345678\"";
    let (saved, token) = app.save(segment(1, 0, "Wang", named)).await.unwrap();
    assert_eq!(
        saved.filter_text,
        named.replace("\"+886912345678\"", "+886912345678")
    );
    assert_eq!(get(&app, 1, 0, &token).await.unwrap(), saved);
    for sql in [
        "SELECT payload FROM log_events",
        "SELECT sealed_filter FROM segment_versions",
    ] {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(sql)
            .fetch_all(&app.database.pool)
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
        for name in [b"Xiaoming".as_slice(), b"912345678"] {
            let readable = rows[0].windows(name.len()).any(|bytes| bytes == name);
            assert!(!readable, "{sql}");
        }
    }
}
