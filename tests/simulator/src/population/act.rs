use futures_util::{StreamExt as _, stream};
use reqwest::Client;

use super::{
    browser::{Jar, click, fetch_as_bot},
    crowd::{Crowd, Visitor},
    plan::{ActPlan, Acted, Clicked},
};
use crate::{
    clock::{Clock, millis},
    user_id::UserId,
};

/// Everyone acts, `max_concurrency` at a time; also answers with the cookies they then have.
pub(crate) async fn act(
    crowd: Crowd,
    plan: &ActPlan,
    client: &Client,
    clock: &Clock,
) -> (Acted, Vec<(UserId, Jar)>) {
    let concurrency = plan.max_concurrency.max(1);
    let bots = stream::iter(crowd.bots)
        .map(|link| async move { fetch_as_bot(client, &link).await })
        .buffer_unordered(concurrency)
        .filter(|fetched| std::future::ready(*fetched))
        .count();
    let people = stream::iter(crowd.visitors)
        .map(|visitor| visit(visitor, client, clock))
        .buffer_unordered(concurrency)
        .collect::<Vec<_>>();
    let (bot_fetches, people) = tokio::join!(bots, people);

    let mut acted = Acted {
        read_people: crowd.read_people,
        bot_fetches: bot_fetches as u64,
        ..Acted::default()
    };
    let mut jars = Vec::with_capacity(people.len());
    for Visited {
        user,
        jar,
        clicked,
        failed_clicks,
    } in people
    {
        acted.failed_clicks += failed_clicks;
        acted.clicks += clicked.clicks;
        jars.push((user, jar));
        if clicked.clicks > 0 {
            acted.clicked_people += 1;
            acted.by_user.insert(user, clicked);
        }
    }
    (acted, jars)
}

struct Visited {
    user: UserId,
    jar: Jar,
    clicked: Clicked,
    failed_clicks: u64,
}

/// One person does one thing after another.
async fn visit(visitor: Visitor, client: &Client, clock: &Clock) -> Visited {
    let Visitor {
        user,
        mut jar,
        links,
    } = visitor;
    let mut clicked = Clicked::default();
    let mut failed_clicks = 0;
    for link in links {
        let Ok(visitor_id) = click(client, &mut jar, &link).await else {
            failed_clicks += 1;
            continue;
        };
        if clicked.clicks == 0 {
            clicked.clicked_at_ms = millis(clock.now());
        }
        clicked.clicks += 1;
        clicked.visitor_id = visitor_id.or(clicked.visitor_id);
    }
    Visited {
        user,
        jar,
        clicked,
        failed_clicks,
    }
}
