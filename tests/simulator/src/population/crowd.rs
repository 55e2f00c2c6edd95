use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::{browser::Jar, links::links, plan::ActPlan};
use crate::{
    channel::{Channel, Received},
    draw::draw,
    user_id::UserId,
};

/// Who will do what, decided before the first link is fetched.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    pub(super) read_people: u64,
    pub(super) visitors: Vec<Visitor>,
    /// One entry for each fetch.
    pub(super) bots: Vec<Arc<str>>,
}

/// A person and the links the person follows, in order.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) user: UserId,
    pub(super) jar: Jar,
    pub(super) links: Vec<Arc<str>>,
}

/// Draws for everyone who got something since the last time.
pub(crate) fn gather(channel: &mut Channel, plan: &ActPlan) -> Crowd {
    let since = if plan.from_the_start {
        0
    } else {
        channel.acted
    };
    channel.acted = channel.journal.len();

    let mut crowd = Crowd::default();
    let mut clicks = BTreeMap::new();
    let mut got = Got::default();
    let mut readers = HashSet::new();
    for send in channel.journal.since(since) {
        let links = got.links(send);
        for number in send.to.iter() {
            let Some(user) = channel.users.id(*number) else {
                continue;
            };
            if draw(plan.seed, &[b"read", &user.to_bytes()]) < plan.read_probability {
                readers.insert(*number);
            }
            for link in links.iter() {
                if got.first_time(*number, link) {
                    decide(plan, user, link, &mut clicks, &mut crowd.bots);
                }
            }
        }
    }
    crowd.read_people = readers.len() as u64;
    crowd.visitors = clicks
        .into_iter()
        .map(|(user, links)| Visitor {
            user,
            jar: channel.jars.get(&user).cloned().unwrap_or_default(),
            links,
        })
        .collect();
    crowd
}

fn decide(
    plan: &ActPlan,
    user: UserId,
    link: &Arc<str>,
    clicks: &mut BTreeMap<UserId, Vec<Arc<str>>>,
    bots: &mut Vec<Arc<str>>,
) {
    let happens = |what: &[u8], probability| {
        draw(plan.seed, &[what, &user.to_bytes(), link.as_bytes()]) < probability
    };
    if happens(b"click", plan.click_probability) {
        let links = clicks.entry(user).or_default();
        links.push(Arc::clone(link));
        if happens(b"again", plan.double_click_probability) {
            links.push(Arc::clone(link));
        }
    }
    if happens(b"bot", plan.bot_probability) {
        bots.push(Arc::clone(link));
    }
}

/// The links of each body, looked for once, and who has got which.
#[derive(Debug, Default)]
struct Got {
    by_body: HashMap<Arc<str>, Arc<[Arc<str>]>>,
    seen: HashSet<(u32, Arc<str>)>,
}

impl Got {
    fn links(&mut self, send: &Received) -> Arc<[Arc<str>]> {
        let body = Arc::clone(&send.messages);
        let found = self
            .by_body
            .entry(body)
            .or_insert_with(|| links(&send.messages).into_iter().map(Arc::from).collect());
        Arc::clone(found)
    }

    fn first_time(&mut self, number: u32, link: &Arc<str>) -> bool {
        self.seen.insert((number, Arc::clone(link)))
    }
}
