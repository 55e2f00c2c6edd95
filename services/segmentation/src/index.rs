//! Who is who of a team, in memory: sets of contacts by everything that filters ask for.
//!
//! Postgres has the truth, and this follows it: the projection notes whose rows it changed, and the
//! follower reads those again. A team's index is made when somebody first asks for the team, and
//! dropped when nobody has for a while.

mod evaluate;
mod follower;
mod loader;
mod moved;
mod names;
mod read;
mod registry;
mod team;
mod times;
mod words;

pub(crate) use self::{
    evaluate::Found,
    follower::Follower,
    registry::{Indexes, Team, Unready},
    team::{EntryStatus, TeamIndex},
    words::Words,
};
