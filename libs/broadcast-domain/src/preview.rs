use events::{broadcasts::ExclusionReason, segment::Filter};
use prost::Message as _;
use uuid::Uuid;

/// Which rules a broadcast is judged by. LINE's have been the same since 2026-11.
pub const POLICY_VERSION: &str = "2026-11";

/// Everything that a marketer saw in a preview and that may not change before it is confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewInputs {
    pub broadcast_id: Uuid,
    pub account_id: Uuid,
    pub rendered_messages: Vec<String>,
    pub audience: Filter,
    pub included: u64,
    /// In the order of the reasons.
    pub excluded: Vec<(ExclusionReason, u64)>,
    /// SHA-256 over those who are in, so that an exchange of one for another shows as well.
    pub included_digest: Vec<u8>,
}

impl PreviewInputs {
    /// What the parts are, for people.
    pub const PARTS: [&str; 4] = [
        "the content",
        "the filter",
        "who gets it and who is left out",
        "the policy",
    ];

    /// What may not change, part by part, each as bytes that differ for any other. To be hashed.
    #[must_use]
    pub fn parts(&self) -> [Vec<u8>; Self::PARTS.len()] {
        let content: Vec<u8> = self
            .rendered_messages
            .iter()
            .flat_map(|message| [message.as_bytes(), b"\0"].concat())
            .collect();
        let filter = [
            self.broadcast_id.as_bytes().as_slice(),
            self.account_id.as_bytes(),
            &self.audience.encode_to_vec(),
        ];
        let mut people = self.included_digest.clone();
        people.extend_from_slice(&self.included.to_be_bytes());
        for (reason, contacts) in &self.excluded {
            people.extend_from_slice(&i32::from(*reason).to_be_bytes());
            people.extend_from_slice(&contacts.to_be_bytes());
        }
        [
            content,
            filter.concat(),
            people,
            POLICY_VERSION.as_bytes().to_vec(),
        ]
    }
}
