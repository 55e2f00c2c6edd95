//! What is read of the read model; always one team's.

mod attributed_orders;
mod broadcasts;
mod clickers;
mod counts;
mod cursors;
mod exclusions;
mod page;
mod people;
mod recipients;
mod snapshot;
mod terms;

pub(crate) use self::{
    attributed_orders::{AttributedOrder, OrderKey, list_attributed_orders},
    broadcasts::{Broadcast, BroadcastKey, find_broadcast, list_broadcasts},
    clickers::{Clicker, list_clickers},
    counts::{Attributed, Counts, count, tracking_connected},
    cursors::Cursor,
    exclusions::{LeftOut, list_left_out},
    page::{Page, PlaceKey},
    people::People,
    recipients::{Recipient, list_recipients},
    snapshot::snapshot,
    terms::terms_of,
};
