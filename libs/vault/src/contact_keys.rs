mod batch;
mod store;

pub use self::batch::{ContactKey, ContactKeys};
