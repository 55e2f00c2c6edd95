//! What a team may do with its saved segments.
#![expect(clippy::unwrap_used, reason = "a name that is not taken should panic")]

use chrono::{DateTime, Utc};
use event_sourcing::{Aggregate as _, testing::given};
use events::{
    SegmentsLogEvent as Event,
    segments::{SegmentDeleted, SegmentSaved},
    to_bytes, to_timestamp,
};
use segmentation_domain::{
    InvalidSegmentName, SegmentName, Segments, SegmentsCommand as Command, SegmentsError,
};
use uuid::Uuid;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn segment(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

const VIP: [u8; 2] = [7, 7];
const SEALED: [u8; 3] = [1, 2, 3];

fn save_of(segment_id: Uuid, version: i64, name: &str, filter_digest: &[u8]) -> Command {
    Command::Save {
        segment_id,
        version,
        name: SegmentName::parse(name).unwrap(),
        account_id: None,
        sealed_filter: SEALED.to_vec(),
        filter_digest: filter_digest.to_vec(),
        now: NOW,
    }
}

fn save(segment_id: Uuid, version: i64, name: &str) -> Command {
    save_of(segment_id, version, name, &VIP)
}

fn saved(segment_id: Uuid, version: i64, name: &str) -> Event {
    Event::Saved(SegmentSaved {
        segment_id: to_bytes(segment_id),
        name: name.to_owned(),
        account_id: Vec::new(),
        sealed_filter: SEALED.to_vec(),
        filter_digest: VIP.to_vec(),
        saved_at: Some(to_timestamp(NOW)),
        version,
    })
}

fn delete(segment_id: Uuid, version: i64) -> Command {
    Command::Delete {
        segment_id,
        version,
        now: NOW,
    }
}

fn deleted(segment_id: Uuid) -> Event {
    Event::Deleted(SegmentDeleted {
        segment_id: to_bytes(segment_id),
        deleted_at: Some(to_timestamp(NOW)),
    })
}

#[test]
fn a_change_makes_the_next_version() {
    given::<Segments>([])
        .when(save(segment(1), 0, "VIPs"))
        .then([saved(segment(1), 1, "VIPs")]);
    given::<Segments>([saved(segment(1), 1, "VIPs")])
        .when(save(segment(1), 1, "Regulars"))
        .then([saved(segment(1), 2, "Regulars")]);
}

#[test]
fn a_change_of_another_version_is_refused() {
    let history = || [saved(segment(1), 1, "VIPs"), saved(segment(1), 2, "VIPs")];
    for version in [0, 1, 3] {
        given::<Segments>(history())
            .when(save(segment(1), version, "Regulars"))
            .then_refused(SegmentsError::OtherVersion(2));
    }
    given::<Segments>(history())
        .when(delete(segment(1), 1))
        .then_refused(SegmentsError::OtherVersion(2));
}

#[test]
fn a_repeat_changes_nothing() {
    // Sealing is never twice the same.
    let Event::Saved(first) = saved(segment(1), 1, "VIPs") else {
        panic!("not saved");
    };
    let sealed_before = Event::Saved(SegmentSaved {
        sealed_filter: vec![3, 2, 1],
        ..first
    });
    given::<Segments>([sealed_before])
        .when(save(segment(1), 0, "VIPs"))
        .then([]);
    given::<Segments>([saved(segment(1), 1, "VIPs")])
        .when(save_of(segment(1), 0, "VIPs", &[8]))
        .then_refused(SegmentsError::OtherVersion(1));
    given::<Segments>([saved(segment(1), 1, "VIPs"), deleted(segment(1))])
        .when(delete(segment(1), 1))
        .then([]);
}

#[test]
fn a_name_is_of_one_segment_however_it_is_typed() {
    for name in ["VIPs", " vips ", "ＶＩＰｓ"] {
        given::<Segments>([saved(segment(1), 1, "VIPs")])
            .when(save(segment(2), 0, name))
            .then_refused(SegmentsError::NameTaken(name.trim().to_owned()));
    }
    // Its own name may be written otherwise, and a deleted segment has none.
    given::<Segments>([saved(segment(1), 1, "VIPs")])
        .when(save(segment(1), 1, "vips"))
        .then([saved(segment(1), 2, "vips")]);
    given::<Segments>([saved(segment(1), 1, "VIPs"), deleted(segment(1))])
        .when(save(segment(2), 0, "VIPs"))
        .then([saved(segment(2), 1, "VIPs")]);
}

#[test]
fn what_has_been_deleted_stays_so() {
    given::<Segments>([saved(segment(1), 1, "VIPs")])
        .when(delete(segment(1), 0))
        .then([deleted(segment(1))]);
    let gone = || [saved(segment(1), 1, "VIPs"), deleted(segment(1))];
    for version in [0, 1] {
        given::<Segments>(gone())
            .when(save(segment(1), version, "VIPs"))
            .then_refused(SegmentsError::NotFound);
    }
    assert_eq!(Segments::fold(&gone()).get(segment(1)), None);
}

#[test]
fn what_never_was_is_not_changed() {
    given::<Segments>([])
        .when(save(segment(1), 1, "VIPs"))
        .then_refused(SegmentsError::NotFound);
    given::<Segments>([])
        .when(delete(segment(1), 0))
        .then_refused(SegmentsError::NotFound);
}

#[test]
fn a_team_has_at_most_1000_segments() {
    let history = (0..1000).map(|n| saved(segment(n), 1, &n.to_string()));
    given::<Segments>(history)
        .when(save(segment(1000), 0, "One more"))
        .then_refused(SegmentsError::TooMany);
}

#[test]
fn a_name_is_trimmed_and_bounded() {
    assert_eq!(
        SegmentName::parse(" a ").map(SegmentName::into_string),
        Ok("a".to_owned())
    );
    assert_eq!(SegmentName::parse(" "), Err(InvalidSegmentName::Empty));
    assert_eq!(
        SegmentName::parse(&"字".repeat(101)),
        Err(InvalidSegmentName::TooLong)
    );
    assert_eq!(SegmentName::parse("a\nb"), Err(InvalidSegmentName::Control));
}
