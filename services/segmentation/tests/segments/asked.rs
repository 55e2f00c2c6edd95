use proto::segmentation::v1::{CountContactsRequest, Filter, SaveSegmentRequest};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, TEAM, field, reason, segment},
    people::{Person, TEST, VIP, person},
};

async fn count(app: &App, request: CountContactsRequest) -> Result<i64, Status> {
    let response = app.contacts(TEAM).count_contacts(request).await?;
    Ok(response.into_inner().matching)
}

fn by_text(text: &str, token: &str) -> CountContactsRequest {
    CountContactsRequest {
        filter_text: text.to_owned(),
        consistency_token: token.to_owned(),
        ..CountContactsRequest::default()
    }
}

fn by_segment(id: u128, token: &str) -> CountContactsRequest {
    CountContactsRequest {
        segment_id: Uuid::from_u128(id).to_string(),
        consistency_token: token.to_owned(),
        ..CountContactsRequest::default()
    }
}

async fn app_with_people() -> (App, String) {
    let app = App::with_two_teams().await;
    let people = [
        Person {
            phone: "+886 912-345-678".to_owned(),
            ..person(1, "王小明", &[VIP])
        },
        Person {
            email: "Wang@Example.com".to_owned(),
            ..person(2, "王大華", &[VIP, TEST])
        },
        Person {
            member_number: "M-7".to_owned(),
            ..person(3, "陳小美", &[])
        },
        Person {
            interacted: Some(10),
            ..person(4, "Mia", &[TEST])
        },
    ];
    app.import(TEAM, &people).await;
    let token = app.block(4).await;
    (app, token)
}

#[tokio::test]
async fn a_text_matches_whom_it_says() {
    let (app, token) = app_with_people().await;
    for (text, matching) in [
        ("", 4),
        ("everyone", 4),
        ("nobody", 0),
        ("tag:vip", 2),
        ("tag:vip AND NOT tag:test", 1),
        ("tag:(vip OR test)", 3),
        ("tag:(vip AND test)", 1),
        ("tag:vip OR status = blocked", 3),
        ("name = \"王小明\"", 1),
        ("name = \"王*\"", 2),
        ("name : 小", 2),
        ("name = mia", 1),
        ("phone = \"+886912345678\"", 1),
        ("email = wang@example.COM", 1),
        ("member = M-7", 1),
        ("last_interaction = 2026-01-11", 1),
        ("last_interaction > 2026-01-11", 0),
        ("status = all", 4),
        ("NOT status = blocked", 3),
        ("site_bound = true", 0),
        ("site_bound = false tag:vip", 2),
    ] {
        let counted = count(&app, by_text(text, &token)).await.unwrap();
        assert_eq!(counted, matching, "{text}");
    }
}

#[tokio::test]
async fn a_segment_matches_whom_its_filter_matches_now() {
    let (app, token) = app_with_people().await;
    app.wait_for(&token).await;
    app.save(segment(1, 0, "VIPs", "tag:vip")).await.unwrap();
    let (_, saved) = app
        .save(segment(1, 1, "VIPs", "NOT tag:vip"))
        .await
        .unwrap();
    assert_eq!(count(&app, by_segment(1, &saved)).await.unwrap(), 2);
    app.rename_tag(VIP, "熟客").await;
    let token = app.import(TEAM, &[person(5, "New", &[])]).await;
    assert_eq!(count(&app, by_segment(1, &token)).await.unwrap(), 3);
    let unknown = count(&app, by_segment(9, &token)).await;
    assert_eq!(
        reason(unknown),
        (Code::NotFound, "SEGMENT_NOT_FOUND".to_owned())
    );
}

#[tokio::test]
async fn a_segment_of_an_account_stays_within_it() {
    let (app, _) = app_with_people().await;
    let second = Uuid::from_u128(0xacc3);
    let of_second = SaveSegmentRequest {
        account_id: second.to_string(),
        consistency_token: app.connect(TEAM, second).await,
        ..segment(1, 0, "None", "everyone")
    };
    let (_, token) = app.save(of_second).await.unwrap();
    assert_eq!(count(&app, by_segment(1, &token)).await.unwrap(), 0);
    let elsewhere = CountContactsRequest {
        account_id: ACCOUNT.to_string(),
        ..by_segment(1, &token)
    };
    let refused = count(&app, elsewhere).await.unwrap_err();
    assert_eq!(field(&refused), "account_id");
    let same = CountContactsRequest {
        account_id: second.to_string(),
        ..by_segment(1, &token)
    };
    assert_eq!(count(&app, same).await.unwrap(), 0);
}

#[tokio::test]
async fn a_segment_whose_tag_was_deleted_says_so_instead_of_matching_others() {
    let (app, _) = app_with_people().await;
    let no_tests = segment(1, 0, "No tests", "NOT tag:test");
    let (_, saved) = app.save(no_tests).await.unwrap();
    count(&app, by_segment(1, &saved)).await.unwrap();
    let token = app.delete_tag(TEST).await;
    let refused = count(&app, by_segment(1, &token)).await;
    assert_eq!(
        reason(refused),
        (Code::FailedPrecondition, "SEGMENT_TAG_DELETED".to_owned())
    );
}

#[tokio::test]
async fn whom_is_said_in_one_way_only() {
    let (app, token) = app_with_people().await;
    let twice = CountContactsRequest {
        filter: Some(Filter::default()),
        ..by_text("tag:vip", &token)
    };
    assert_eq!(field(&count(&app, twice).await.unwrap_err()), "filter_text");
    let twice = CountContactsRequest {
        filter_text: "tag:vip".to_owned(),
        ..by_segment(1, &token)
    };
    assert_eq!(field(&count(&app, twice).await.unwrap_err()), "segment_id");
}

#[tokio::test]
async fn an_unknown_tag_in_a_text_is_named() {
    let (app, token) = app_with_people().await;
    let refused = count(&app, by_text("tag:vip OR tag:vpi", &token))
        .await
        .unwrap_err();
    assert_eq!(field(&refused), "filter_text");
    assert!(refused.message().contains("\"vpi\""), "{refused:?}");
}
