//! What LINE tells of everybody under one unit.

use channels::line::{CallError, UNITS_A_MONTH_MAX, UnitOverview, multicast_body};
use chrono::NaiveDate;
use simulator::ChannelSettings;
use uuid::Uuid;

use crate::app::{App, hello, user_ids};

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

async fn send(app: &App, unit: &str, people: u64) {
    let body = multicast_body(&user_ids(people), &hello(), Some(unit)).unwrap();
    app.line.multicast(Uuid::new_v4(), body).await;
}

#[tokio::test]
async fn of_few_people_nothing_is_told_and_it_is_not_0() {
    let app = App::start().await;
    send(&app, "few", 30).await;
    send(&app, "many", 200).await;
    let of = async |unit: &str| app.line.unit_overview(unit, day(1), day(30)).await.unwrap();
    assert_eq!(of("few").await, UnitOverview::default());
    assert_eq!(of("unknown").await, UnitOverview::default());
    let many = of("many").await;
    assert_eq!(
        (many.unique_impression, many.unique_click),
        (Some(120), Some(30))
    );
    assert_eq!(many.unique_media_played, None);
}

#[tokio::test]
async fn the_names_of_a_month_are_counted_and_none_is_counted_beyond_them() {
    let app = App::with(ChannelSettings {
        units_used: 999,
        ..ChannelSettings::default()
    })
    .await;
    send(&app, "last", 100).await;
    send(&app, "too_late", 100).await;
    assert_eq!(app.line.units_used().await.unwrap(), UNITS_A_MONTH_MAX);
    let too_late = app.line.unit_overview("too_late", day(1), day(2)).await;
    assert_eq!(too_late.unwrap(), UnitOverview::default());
}

#[tokio::test]
async fn a_span_that_is_too_long_is_refused() {
    let app = App::start().await;
    let refused = app.line.unit_overview(
        "unit",
        day(1),
        NaiveDate::from_ymd_opt(2026, 12, 15).unwrap(),
    );
    assert!(matches!(refused.await, Err(CallError::Refused(_))));
}
