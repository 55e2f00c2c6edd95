use uuid::Uuid;

/// The id in a field that decoding has checked.
#[must_use]
pub fn id(bytes: &[u8]) -> Uuid {
    Uuid::from_slice(bytes).unwrap_or_default()
}

/// An id as events hold it: 16 bytes.
#[must_use]
pub fn to_bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// The ids in a field that holds many, one after the other. A torn one at the end is left out.
pub fn ids(bytes: &[u8]) -> impl ExactSizeIterator<Item = Uuid> + '_ {
    bytes.chunks_exact(16).map(id)
}

/// Many ids in one field.
#[must_use]
pub fn join_ids(ids: impl IntoIterator<Item = Uuid>) -> Vec<u8> {
    ids.into_iter().flat_map(Uuid::into_bytes).collect()
}
