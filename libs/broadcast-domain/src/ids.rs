use uuid::Uuid;

/// The stream of a broadcast's chunk: the same however often it is computed.
#[must_use]
pub fn chunk_id(broadcast_id: Uuid, index: u32) -> Uuid {
    Uuid::new_v5(&broadcast_id, format!("chunk/{index}").as_bytes())
}

/// The stream of a part of those who were left out.
#[must_use]
pub fn excluded_id(broadcast_id: Uuid, part: u32) -> Uuid {
    Uuid::new_v5(&broadcast_id, format!("excluded/{part}").as_bytes())
}
