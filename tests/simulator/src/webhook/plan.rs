use serde::{Deserialize, Serialize};

use crate::user_id::UserId;

/// What to post to a channel's webhook, and how badly.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookPlan {
    /// No events at all make one post with an empty array, as LINE's own check does.
    pub events: Vec<EventPlan>,
    pub events_per_post: usize,
    /// Each post is repeated this often exactly as it was.
    pub duplicates: u32,
    /// Each post is repeated this often as a redelivery.
    pub redeliveries: u32,
    /// A post that is not answered 2xx is redelivered up to this often.
    pub redeliver_failed: u32,
    pub order: Order,
    /// For the shuffled order.
    pub seed: u64,
    /// Signs with another secret.
    pub forged: bool,
}

impl Default for WebhookPlan {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            events_per_post: 1,
            duplicates: 0,
            redeliveries: 0,
            redeliver_failed: 0,
            order: Order::default(),
            seed: 0,
            forged: false,
        }
    }
}

/// No user stands for one who has not agreed to be known.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EventPlan {
    /// Also makes the person a friend.
    Follow {
        #[serde(default)]
        user: Option<UserId>,
        #[serde(default)]
        is_unblocked: bool,
    },
    /// Also makes the person one who blocked the account.
    Unfollow {
        #[serde(default)]
        user: Option<UserId>,
    },
    Message {
        #[serde(default)]
        user: Option<UserId>,
        text: String,
    },
    Postback {
        #[serde(default)]
        user: Option<UserId>,
        data: String,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The posts, then the duplicates, then the redeliveries.
    #[default]
    AsGiven,
    Reversed,
    Shuffled,
}

/// One post, and what it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub webhook_event_ids: Vec<String>,
    pub redelivery: bool,
    /// None if there was no answer within two seconds.
    pub status: Option<u16>,
}
