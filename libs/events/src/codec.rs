use event_sourcing::DecodeError;
use prost::Message;

pub(crate) fn decode<M: Message + Default>(
    event_type: &str,
    payload: &[u8],
) -> Result<M, DecodeError> {
    M::decode(payload).map_err(|error| DecodeError::malformed(event_type, error))
}

/// Refuses an id that is not 16 bytes, so that [`id`](crate::id) can't fail later.
pub(crate) fn check_id(
    event_type: &str,
    field: &'static str,
    bytes: &[u8],
) -> Result<(), DecodeError> {
    if bytes.len() == 16 {
        Ok(())
    } else {
        Err(DecodeError::malformed(
            event_type,
            format!("{field} is {} bytes, not 16", bytes.len()),
        ))
    }
}

/// An enum of a log's events with its codec: the variant, its message, and the ids in it.
macro_rules! log_events {
    (
        $(#[$meta:meta])*
        $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident($message:ty), stored as $stored:literal, ids [$($id:ident),*]; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant($message), )+
        }

        impl event_sourcing::EventCodec for $name {
            fn encode(&self) -> event_sourcing::EncodedEvent {
                match self {
                    $( Self::$variant(message) => event_sourcing::EncodedEvent {
                        event_type: std::borrow::Cow::Borrowed($stored),
                        payload: prost::Message::encode_to_vec(message),
                    }, )+
                }
            }

            fn decode(
                event_type: &str,
                payload: &[u8],
            ) -> Result<Self, event_sourcing::DecodeError> {
                match event_type {
                    $( $stored => {
                        let message: $message = crate::codec::decode(event_type, payload)?;
                        $( crate::codec::check_id(event_type, stringify!($id), &message.$id)?; )*
                        Ok(Self::$variant(message))
                    } )+
                    unknown => Err(event_sourcing::DecodeError::UnknownType(unknown.to_owned())),
                }
            }
        }

        $( impl From<$message> for $name {
            fn from(message: $message) -> Self {
                Self::$variant(message)
            }
        } )+

        #[cfg(test)]
        mod names {
            use prost::Name as _;

            use super::*;

            #[test]
            fn each_event_is_stored_under_its_full_protobuf_name() {
                $( assert_eq!(<$message>::full_name(), $stored); )+
            }
        }
    };
}

pub(crate) use log_events;
