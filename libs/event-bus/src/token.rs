use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use event_store::LogPosition;
use prost::Message as _;
use proto::common::v1::{ConsistencyToken as Encoded, consistency_token::Position};

/// What a caller has done, so that a query can wait until its read model reflects it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsistencyToken {
    positions: BTreeMap<(String, i16), i64>,
}

#[derive(Debug, thiserror::Error)]
#[error("the consistency token is not one that a command returned")]
pub struct InvalidToken;

impl ConsistencyToken {
    /// After the event at `at`.
    #[must_use]
    pub fn of(log: &str, at: LogPosition) -> Self {
        Self::default().and(log, at)
    }

    #[must_use]
    pub fn and(mut self, log: &str, at: LogPosition) -> Self {
        let position = self
            .positions
            .entry((log.to_owned(), at.partition))
            .or_default();
        *position = at.position.max(*position);
        self
    }

    /// After everything that either is after.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for ((log, partition), position) in other.positions {
            self = self.and(
                &log,
                LogPosition {
                    partition,
                    position,
                },
            );
        }
        self
    }

    /// The positions in one log.
    pub fn positions_in(&self, log: &str) -> impl Iterator<Item = LogPosition> {
        self.positions
            .iter()
            .filter(move |((name, _), _)| name == log)
            .map(|((_, partition), position)| LogPosition {
                partition: *partition,
                position: *position,
            })
    }

    /// The opaque form that callers hold. Empty if there is nothing to wait for.
    #[must_use]
    pub fn encode(&self) -> String {
        let positions = self
            .positions
            .iter()
            .map(|((log, partition), position)| Position {
                log: log.clone(),
                partition: u32::from(partition.unsigned_abs()),
                position: *position,
            })
            .collect();
        BASE64_URL_SAFE_NO_PAD.encode(Encoded { positions }.encode_to_vec())
    }

    pub fn decode(token: &str) -> Result<Self, InvalidToken> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| InvalidToken)?;
        let encoded = Encoded::decode(bytes.as_slice()).map_err(|_| InvalidToken)?;
        let mut token = Self::default();
        for position in encoded.positions {
            let at = LogPosition {
                partition: i16::try_from(position.partition).map_err(|_| InvalidToken)?,
                position: position.position,
            };
            token = token.and(&position.log, at);
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_round_trips(positions in prop::collection::vec(("[a-z]{1,8}", 0_i16..256, 1_i64..), 0..8)) {
            let token = positions.into_iter().fold(ConsistencyToken::default(), |token, (log, partition, position)| {
                token.and(&log, LogPosition { partition, position })
            });
            prop_assert_eq!(ConsistencyToken::decode(&token.encode()).unwrap(), token);
        }

        #[test]
        fn any_text_is_a_token_or_refused(text in ".*") {
            drop(ConsistencyToken::decode(&text));
        }
    }

    #[test]
    fn no_token_waits_for_nothing() {
        let token = ConsistencyToken::decode("").unwrap();
        assert_eq!(token, ConsistencyToken::default());
    }
}
