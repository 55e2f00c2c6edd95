//! Calls of any RPC by its descriptor, with requests and responses as JSON.

use futures_util::{TryStreamExt as _, stream};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::Value;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::installation::Authorized;

/// Every RPC of the project's own services.
pub(crate) fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let services: Vec<_> = pool.services().collect();
    let methods = services
        .iter()
        .flat_map(prost_reflect::ServiceDescriptor::methods);
    methods.collect()
}

/// `fanfare.contacts.v1.TagsService/CreateTag`.
pub(crate) fn name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

/// Sends one message or more, and takes all that is answered.
pub(crate) async fn call(
    channel: Authorized,
    method: &MethodDescriptor,
    requests: &[Value],
) -> Result<Vec<Value>, Status> {
    let messages: Vec<DynamicMessage> = requests
        .iter()
        .map(|request| DynamicMessage::deserialize(method.input(), request).unwrap())
        .collect();
    let mut client = Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let path = PathAndQuery::try_from(format!("/{}", name(method))).unwrap();
    let answers = client
        .streaming(
            Request::new(stream::iter(messages)),
            path,
            Json(method.output()),
        )
        .await?;
    let answers: Vec<DynamicMessage> = answers.into_inner().try_collect().await?;
    Ok(answers
        .iter()
        .map(|answer| serde_json::to_value(answer).unwrap())
        .collect())
}

struct Json(MessageDescriptor);

impl Codec for Json {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(self.0.clone())
    }

    fn decoder(&mut self) -> Self {
        Self(self.0.clone())
    }
}

impl Encoder for Json {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Json {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        DynamicMessage::decode(self.0.clone(), buffer)
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}
