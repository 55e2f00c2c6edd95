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

/// Refuses ids that are not 16 bytes each, so that [`ids`](crate::ids) loses none.
pub(crate) fn check_joined_ids(
    event_type: &str,
    field: &'static str,
    bytes: &[u8],
) -> Result<(), DecodeError> {
    if bytes.len().is_multiple_of(16) {
        Ok(())
    } else {
        Err(DecodeError::malformed(
            event_type,
            format!("{field} is {} bytes, not 16 for each id", bytes.len()),
        ))
    }
}

/// An enum of a log's events with its codec: the variant, its message, the ids in it, and the fields
/// that hold many ids.
macro_rules! log_events {
    (
        $(#[$meta:meta])*
        $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident($message:ty), stored as $stored:literal, ids [$($id:ident),*] $(, joined [$($joined:ident),*])?; )+
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
                        $( $( crate::codec::check_joined_ids(event_type, stringify!($joined), &message.$joined)?; )* )?
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

/// An enum of all events of a log, by what they are about.
macro_rules! log_event_groups {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident($group:ty); )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant($group), )+
        }

        impl event_sourcing::EventCodec for $name {
            fn encode(&self) -> event_sourcing::EncodedEvent {
                match self {
                    $( Self::$variant(event) => event.encode(), )+
                }
            }

            fn decode(
                event_type: &str,
                payload: &[u8],
            ) -> Result<Self, event_sourcing::DecodeError> {
                $( match <$group>::decode(event_type, payload) {
                    Ok(event) => return Ok(Self::$variant(event)),
                    Err(event_sourcing::DecodeError::UnknownType(_)) => {}
                    Err(malformed) => return Err(malformed),
                } )+
                Err(event_sourcing::DecodeError::UnknownType(event_type.to_owned()))
            }
        }

        $( impl From<$group> for $name {
            fn from(event: $group) -> Self {
                Self::$variant(event)
            }
        } )+
    };
}

pub(crate) use log_event_groups;
pub(crate) use log_events;
