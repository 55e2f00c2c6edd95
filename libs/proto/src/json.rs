use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};

#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    #[error("cannot describe `{0}`")]
    Unknown(String),
    #[error("cannot decode `{0}`")]
    Decode(String, #[source] prost::DecodeError),
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
}

static POOL: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(crate::DESCRIPTORS).ok());

/// The protobuf JSON form of a message: lowerCamelCase names, 64-bit numbers as strings.
///
/// Numbers that are 0 are written, since a reader of a report must tell 0 from absent.
pub fn to_json<M: Message + Name>(message: &M) -> Result<serde_json::Value, JsonError> {
    let name = M::full_name();
    let descriptor = POOL
        .as_ref()
        .and_then(|pool| pool.get_message_by_name(&name))
        .ok_or_else(|| JsonError::Unknown(name.clone()))?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .map_err(|error| JsonError::Decode(name, error))?;
    let options = SerializeOptions::new().skip_default_fields(false);
    Ok(dynamic.serialize_with_options(serde_json::value::Serializer, &options)?)
}
