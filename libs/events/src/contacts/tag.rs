use proto::events::contacts::v1::{TagDeleted, TagRenamed, TagsCreated};

use crate::codec::log_events;

log_events! {
    /// What happens to a team's dictionary of tags.
    TagEvent {
        Created(TagsCreated), stored as "fanfare.events.contacts.v1.TagsCreated", ids [];
        Renamed(TagRenamed), stored as "fanfare.events.contacts.v1.TagRenamed", ids [tag_id];
        Deleted(TagDeleted), stored as "fanfare.events.contacts.v1.TagDeleted", ids [tag_id];
    }
}
