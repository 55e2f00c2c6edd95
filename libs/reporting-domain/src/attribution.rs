use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long after a click an order still counts.
pub const ATTRIBUTION_WINDOW: TimeDelta = TimeDelta::days(7);

/// A person's click on a link of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Click {
    pub clicked_at: DateTime<Utc>,
    /// The event that tells of it. Decides between clicks at the same instant.
    pub click_id: Uuid,
    pub broadcast_id: Uuid,
}

/// The click that an order goes to: the visitor's last one at or before it, over all broadcasts.
///
/// A click counts for `window` after it, both ends included. Of clicks at the same instant the one
/// with the greatest id is the last. `clicks` are one visitor's, by time; without bots.
#[must_use]
pub fn attribute(order_at: DateTime<Utc>, clicks: &[Click], window: TimeDelta) -> Option<&Click> {
    debug_assert!(
        clicks.is_sorted_by_key(|click| click.clicked_at),
        "clicks are by time"
    );
    let before = clicks.partition_point(|click| click.clicked_at <= order_at);
    let last_at = clicks.get(before.checked_sub(1)?)?.clicked_at;
    if order_at - last_at > window {
        return None;
    }
    let first = clicks.partition_point(|click| click.clicked_at < last_at);
    clicks
        .get(first..before)?
        .iter()
        .max_by_key(|click| click.click_id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: TimeDelta = TimeDelta::seconds(10);

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000 + second, 0).unwrap()
    }

    fn click(second: i64, id: u128) -> Click {
        Click {
            clicked_at: at(second),
            click_id: Uuid::from_u128(id),
            broadcast_id: Uuid::from_u128(id % 3),
        }
    }

    fn attributed(order_second: i64, clicks: &[Click]) -> Option<Click> {
        attribute(at(order_second), clicks, WINDOW).copied()
    }

    #[test]
    fn the_last_click_before_the_order_gets_it() {
        let clicks = [click(1, 1), click(3, 2), click(8, 3)];
        assert_eq!(attributed(5, &clicks), Some(clicks[1]));
    }

    #[test]
    fn a_click_after_the_order_does_not() {
        assert_eq!(attributed(5, &[click(6, 1)]), None);
    }

    #[test]
    fn both_ends_of_the_window_count() {
        let clicks = [click(0, 1)];
        assert_eq!(attributed(0, &clicks), Some(clicks[0]));
        assert_eq!(attributed(10, &clicks), Some(clicks[0]));
        assert_eq!(
            attribute(at(10) + TimeDelta::nanoseconds(1), &clicks, WINDOW),
            None
        );
    }

    #[test]
    fn of_clicks_at_one_instant_the_greatest_id_is_the_last() {
        let clicks = [click(1, 7), click(1, 9), click(1, 8)];
        assert_eq!(attributed(2, &clicks), Some(clicks[1]));
    }

    /// The definition, read aloud.
    fn naively(order_at: DateTime<Utc>, clicks: &[Click]) -> Option<Click> {
        let mut last: Option<Click> = None;
        for click in clicks {
            if click.clicked_at > order_at || click.clicked_at < order_at - WINDOW {
                continue;
            }
            let later = last.is_none_or(|last| {
                (click.clicked_at, click.click_id) > (last.clicked_at, last.click_id)
            });
            if later {
                last = Some(*click);
            }
        }
        last
    }

    proptest! {
        #[test]
        fn it_is_as_a_plain_loop_says(seconds in prop::collection::vec((0_i64..40, any::<u128>()), 0..30), order in 0_i64..50) {
            let mut clicks: Vec<Click> = seconds.into_iter().map(|(second, id)| click(second, id)).collect();
            let expected = naively(at(order), &clicks);
            clicks.sort_by_key(|click| click.clicked_at);
            prop_assert_eq!(attributed(order, &clicks), expected);
        }
    }
}
