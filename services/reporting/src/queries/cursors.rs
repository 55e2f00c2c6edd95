//! Where a list goes on, as bytes. What carries them keeps them from being forged.

use chrono::DateTime;
use uuid::Uuid;

use super::{BroadcastKey, OrderKey, PlaceKey};

/// A key of a list that page tokens hold.
pub(crate) trait Cursor: Sized {
    fn to_cursor(&self) -> Vec<u8>;
    fn from_cursor(bytes: &[u8]) -> Option<Self>;
}

impl Cursor for Uuid {
    fn to_cursor(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_cursor(bytes: &[u8]) -> Option<Self> {
        Self::from_slice(bytes).ok()
    }
}

impl Cursor for PlaceKey {
    fn to_cursor(&self) -> Vec<u8> {
        [self.row.to_be_bytes(), self.place.to_be_bytes()].concat()
    }

    fn from_cursor(bytes: &[u8]) -> Option<Self> {
        let (row, place) = bytes.split_first_chunk()?;
        Some(Self {
            row: i32::from_be_bytes(*row),
            place: i32::from_be_bytes(place.try_into().ok()?),
        })
    }
}

impl Cursor for BroadcastKey {
    fn to_cursor(&self) -> Vec<u8> {
        let micros = self.drafted_at.timestamp_micros().to_be_bytes();
        [micros.as_slice(), self.broadcast_id.as_bytes()].concat()
    }

    fn from_cursor(bytes: &[u8]) -> Option<Self> {
        let (micros, id) = bytes.split_first_chunk()?;
        Some(Self {
            drafted_at: DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?,
            broadcast_id: Uuid::from_slice(id).ok()?,
        })
    }
}

impl Cursor for OrderKey {
    fn to_cursor(&self) -> Vec<u8> {
        let micros = self.placed_at.timestamp_micros().to_be_bytes();
        [micros.as_slice(), self.order_id.as_bytes()].concat()
    }

    fn from_cursor(bytes: &[u8]) -> Option<Self> {
        let (micros, id) = bytes.split_first_chunk()?;
        Some(Self {
            placed_at: DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?,
            order_id: str::from_utf8(id).ok()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_went() {
        let at = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        let place = PlaceKey { row: 7, place: 499 };
        assert_eq!(PlaceKey::from_cursor(&place.to_cursor()), Some(place));
        let broadcast = BroadcastKey {
            drafted_at: at,
            broadcast_id: Uuid::from_u128(9),
        };
        assert_eq!(
            BroadcastKey::from_cursor(&broadcast.to_cursor()),
            Some(broadcast)
        );
        let order = OrderKey {
            placed_at: at,
            order_id: "CD000001".to_owned(),
        };
        assert_eq!(OrderKey::from_cursor(&order.to_cursor()), Some(order));
    }

    #[test]
    fn what_is_no_key_is_none() {
        assert_eq!(PlaceKey::from_cursor(&[1, 2, 3]), None);
        assert_eq!(PlaceKey::from_cursor(&[0; 9]), None);
        assert_eq!(BroadcastKey::from_cursor(&[0; 23]), None);
        assert_eq!(OrderKey::from_cursor(&[0, 0, 0, 0, 0, 0, 0, 0, 0xff]), None);
    }
}
