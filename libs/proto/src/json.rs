use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};

#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    #[error("cannot describe `{0}`")]
    Unknown(String),
    #[error("cannot decode `{0}`")]
    Decode(String, #[source] prost::DecodeError),
    #[error("not JSON of this message")]
    Json(#[from] serde_json::Error),
}

static POOL: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(crate::DESCRIPTORS).ok());

/// The protobuf JSON form of a message: lowerCamelCase names, 64-bit numbers as strings.
///
/// Numbers that are 0 are written, since a reader of a report must tell 0 from absent.
pub fn to_json<M: Message + Name>(message: &M) -> Result<serde_json::Value, JsonError> {
    let (name, descriptor) = describe::<M>()?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .map_err(|error| JsonError::Decode(name, error))?;
    let options = SerializeOptions::new().skip_default_fields(false);
    Ok(dynamic.serialize_with_options(serde_json::value::Serializer, &options)?)
}

/// Reads the protobuf JSON form of a message. A name that the message does not have is an error.
pub fn from_json<M: Message + Name + Default>(text: &str) -> Result<M, JsonError> {
    let (name, descriptor) = describe::<M>()?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let dynamic = DynamicMessage::deserialize(descriptor, &mut deserializer)?;
    deserializer.end()?;
    let bytes = dynamic.encode_to_vec();
    M::decode(bytes.as_slice()).map_err(|error| JsonError::Decode(name, error))
}

fn describe<M: Name>() -> Result<(String, MessageDescriptor), JsonError> {
    let name = M::full_name();
    let descriptor = POOL
        .as_ref()
        .and_then(|pool| pool.get_message_by_name(&name));
    match descriptor {
        Some(descriptor) => Ok((name, descriptor)),
        None => Err(JsonError::Unknown(name)),
    }
}
