use proto::segmentation::v1::{
    Filter, Filters, ParseFilterRequest, ParseFilterResponse, Tags, filter::Condition,
};
use tonic::{Code, Status};

use crate::{
    app::{App, TEAM, field},
    people::VIP,
};

async fn parse(app: &App, request: ParseFilterRequest) -> Result<ParseFilterResponse, Status> {
    let response = app.contacts(TEAM).parse_filter(request).await?;
    Ok(response.into_inner())
}

fn text(text: &str) -> ParseFilterRequest {
    ParseFilterRequest {
        text: text.to_owned(),
        filter: None,
    }
}

fn tagged(tags: Tags) -> Filter {
    Filter {
        condition: Some(Condition::HasAnyTag(tags)),
    }
}

#[tokio::test]
async fn a_text_is_read_and_a_filter_is_written() {
    let app = App::with_two_teams().await;
    let read = parse(&app, text("(tag:vip) -tag:new")).await.unwrap();
    assert_eq!(read.text, "tag:vip AND NOT tag:new");

    let written = ParseFilterRequest {
        text: String::new(),
        filter: read.filter,
    };
    let written = parse(&app, written).await.unwrap();
    assert_eq!(written.text, read.text);
}

#[tokio::test]
async fn tag_ids_are_written_as_names() {
    let app = App::with_two_teams().await;
    let ids = Tags {
        tags: Vec::new(),
        tag_ids: vec![VIP.to_string()],
    };
    let request = ParseFilterRequest {
        text: String::new(),
        filter: Some(tagged(ids)),
    };
    assert_eq!(parse(&app, request).await.unwrap().text, "tag:vip");
}

#[tokio::test]
async fn a_mistake_has_its_column_or_its_field() {
    let app = App::start().await;
    let refused = parse(&app, text("tag:vip AND")).await.unwrap_err();
    assert_eq!(
        (refused.code(), field(&refused)),
        (Code::InvalidArgument, "text".to_owned())
    );
    assert!(refused.message().contains("column 12"), "{refused:?}");

    let filters = vec![Filter::default(), tagged(Tags::default())];
    let wrong = ParseFilterRequest {
        text: String::new(),
        filter: Some(Filter {
            condition: Some(Condition::All(Filters { filters })),
        }),
    };
    let refused = parse(&app, wrong).await.unwrap_err();
    assert_eq!(field(&refused), "filter.all.filters[1].has_any_tag.tags");
}
