use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{draw::draw, user_id::UserId};

/// What a person is to a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    #[default]
    Friend,
    Blocked,
    Nonexistent,
}

/// What the people are like whose state nobody has set, each by a draw of their own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Population {
    pub seed: u64,
    pub blocked_probability: f64,
    pub nonexistent_probability: f64,
}

impl Population {
    fn state(&self, user: UserId) -> UserState {
        if self.blocked_probability <= 0.0 && self.nonexistent_probability <= 0.0 {
            return UserState::Friend;
        }
        let drawn = draw(self.seed, &[b"state", &user.to_bytes()]);
        if drawn < self.blocked_probability {
            UserState::Blocked
        } else if drawn < self.blocked_probability + self.nonexistent_probability {
            UserState::Nonexistent
        } else {
            UserState::Friend
        }
    }
}

/// The people of a channel. Only who got something, or whose state was set, takes memory.
#[derive(Debug, Default)]
pub(crate) struct Users {
    pub(crate) population: Population,
    states: HashMap<UserId, UserState>,
    index: HashMap<UserId, u32>,
    reached: Vec<Reached>,
}

#[derive(Debug)]
struct Reached {
    id: UserId,
    deliveries: u32,
}

impl Users {
    pub(crate) fn state(&self, user: UserId) -> UserState {
        match self.states.get(&user) {
            Some(state) => *state,
            None => self.population.state(user),
        }
    }

    pub(crate) fn set(&mut self, user: UserId, state: UserState) {
        self.states.insert(user, state);
    }

    /// Counts a delivery; the number stands for the person in the journal.
    pub(crate) fn deliver(&mut self, user: UserId) -> u32 {
        let next = u32::try_from(self.reached.len()).unwrap_or(u32::MAX);
        let number = *self.index.entry(user).or_insert(next);
        match self.reached.get_mut(number as usize) {
            Some(reached) => reached.deliveries += 1,
            None => self.reached.push(Reached {
                id: user,
                deliveries: 1,
            }),
        }
        number
    }

    pub(crate) fn number(&self, user: UserId) -> Option<u32> {
        self.index.get(&user).copied()
    }

    pub(crate) fn id(&self, number: u32) -> Option<UserId> {
        self.reached.get(number as usize).map(|reached| reached.id)
    }

    /// How many deliveries each person got.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = (UserId, u32)> {
        self.reached
            .iter()
            .map(|reached| (reached.id, reached.deliveries))
    }

    pub(crate) fn forget_deliveries(&mut self) {
        self.index = HashMap::new();
        self.reached = Vec::new();
    }
}
