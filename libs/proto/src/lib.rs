//! Generated protobuf messages; with the feature `grpc` service stubs, with `json` protobuf JSON.
//!
//! The modules follow the packages: `fanfare.contacts.v1` is [`contacts::v1`].

#[cfg(feature = "json")]
mod json;
mod secrets;

#[cfg(feature = "json")]
pub use self::json::{JsonError, from_json, to_json};

/// Every file of `/proto` as an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! package {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
    };
}

pub mod broadcast {
    pub mod v1 {
        package!("fanfare.broadcast.v1");
    }
}

pub mod common {
    pub mod v1 {
        package!("fanfare.common.v1");
    }
}

pub mod contacts {
    pub mod v1 {
        package!("fanfare.contacts.v1");
    }
}

pub mod events {
    pub mod broadcast {
        pub mod v1 {
            package!("fanfare.events.broadcast.v1");
        }
    }
    pub mod contacts {
        pub mod v1 {
            package!("fanfare.events.contacts.v1");
        }
    }
    pub mod segmentation {
        pub mod v1 {
            package!("fanfare.events.segmentation.v1");
        }
    }
    pub mod ingress {
        pub mod v1 {
            package!("fanfare.events.ingress.v1");
        }
    }
}

pub mod log {
    pub mod v1 {
        package!("fanfare.log.v1");
    }
}

pub mod reporting {
    pub mod v1 {
        package!("fanfare.reporting.v1");
    }
}

pub mod segmentation {
    pub mod v1 {
        package!("fanfare.segmentation.v1");
    }
}
