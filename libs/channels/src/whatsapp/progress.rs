use super::webhook_status::StatusKind;

/// What is known of one message, from statuses that come in any order and more than once.
///
/// The same statuses always add up to the same, so nothing depends on when they came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress(u8);

const SENT: u8 = 1;
const DELIVERED: u8 = 2;
const READ: u8 = 4;
const PLAYED: u8 = 8;
const FAILED: u8 = 16;

impl Progress {
    #[must_use]
    pub fn with(self, status: &StatusKind) -> Self {
        let told = match status {
            StatusKind::Sent => SENT,
            StatusKind::Delivered => DELIVERED,
            StatusKind::Read => READ,
            StatusKind::Played => PLAYED,
            StatusKind::Failed => FAILED,
            StatusKind::Other(_) => 0,
        };
        Self(self.0 | told)
    }

    fn has(self, told: u8) -> bool {
        self.0 & told != 0
    }

    pub fn is_played(self) -> bool {
        self.has(PLAYED)
    }

    pub fn is_read(self) -> bool {
        self.has(READ | PLAYED)
    }

    /// `delivered` is not said of a message that is read at once.
    pub fn is_delivered(self) -> bool {
        self.has(DELIVERED) || self.is_read()
    }

    pub fn is_sent(self) -> bool {
        self.has(SENT) || self.is_delivered()
    }

    /// WhatsApp has told both of one message; somebody has it then.
    pub fn is_failed(self) -> bool {
        self.has(FAILED) && !self.is_delivered()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(statuses: &[StatusKind]) -> Progress {
        statuses.iter().fold(Progress::default(), Progress::with)
    }

    #[test]
    fn more_implies_less() {
        let read = of(&[StatusKind::Read]);
        assert!(read.is_read() && read.is_delivered() && read.is_sent() && !read.is_played());
        let played = of(&[StatusKind::Played]);
        assert!(played.is_read());
        let sent = of(&[StatusKind::Sent]);
        assert!(sent.is_sent() && !sent.is_delivered() && !sent.is_failed());
        assert_eq!(of(&[StatusKind::Other("deleted".to_owned())]), of(&[]));
    }

    #[test]
    fn what_was_delivered_did_not_fail_whichever_came_first() {
        for order in [
            [StatusKind::Delivered, StatusKind::Failed],
            [StatusKind::Failed, StatusKind::Delivered],
        ] {
            let both = of(&order);
            assert!(both.is_delivered() && !both.is_failed());
        }
        // Late, and it changes nothing.
        let late = of(&[StatusKind::Failed, StatusKind::Sent]);
        assert!(late.is_failed() && late.is_sent());
    }

    proptest! {
        #[test]
        fn order_and_repetition_do_not_matter(
            numbers in proptest::collection::vec(0_usize..6, 0..12),
            seed in any::<u64>(),
        ) {
            let words = ["sent", "delivered", "read", "played", "failed", "deleted"];
            let mut statuses: Vec<StatusKind> =
                numbers.iter().map(|number| StatusKind::parse(words[*number])).collect();
            let expected = of(&statuses);
            if !statuses.is_empty() {
                let middle = usize::try_from(seed % statuses.len() as u64).unwrap();
                statuses.rotate_left(middle);
                let again = statuses[0].clone();
                statuses.push(again);
            }
            prop_assert_eq!(of(&statuses), expected);
            statuses.reverse();
            prop_assert_eq!(of(&statuses), expected);
        }
    }
}
