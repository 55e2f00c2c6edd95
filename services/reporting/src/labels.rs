//! Enum values as reports name them: without their prefix.

use events::{
    HELD,
    broadcasts::{ExclusionReason, FailureClass},
    common::Channel,
};

use crate::outcome_status::{self as status, told};

pub(crate) fn channel(number: i16) -> &'static str {
    let known = Channel::try_from(i32::from(number)).unwrap_or_default();
    unprefixed(known.as_str_name(), "CHANNEL_")
}

pub(crate) fn exclusion_reason(number: i16) -> &'static str {
    let known = ExclusionReason::try_from(i32::from(number)).unwrap_or_default();
    unprefixed(known.as_str_name(), "EXCLUSION_REASON_")
}

pub(crate) fn failure_class(number: i16) -> &'static str {
    let known = FailureClass::try_from(i32::from(number)).unwrap_or_default();
    unprefixed(known.as_str_name(), "FAILURE_CLASS_")
}

/// Why somebody was not reached: the class, and the channel's code where there is one.
pub(crate) fn failure(class: i16, code: &str) -> String {
    match (class, code) {
        (0, code) => code.to_owned(),
        (class, "") => failure_class(class).to_owned(),
        (class, code) => format!("{}: {code}", failure_class(class)),
    }
}

/// How far somebody's message got.
pub(crate) fn outcome(number: i16, how_far: i16, code: &str) -> &'static str {
    match number {
        status::PENDING => "PENDING",
        status::SENT => match how_far {
            told::READ => "READ",
            told::DELIVERED => "DELIVERED",
            told::NOTHING if code == HELD => "HELD",
            _ => "SENT",
        },
        status::FAILED => "FAILED",
        status::NOT_SENT => "NOT_SENT",
        _ => "UNKNOWN",
    }
}

fn unprefixed(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_named_without_their_prefix() {
        assert_eq!(channel(1), "LINE");
        assert_eq!(exclusion_reason(2), "BLOCKED");
        assert_eq!(failure_class(9), "UNSPECIFIED");
        assert_eq!(failure(1, "400 to"), "RECIPIENT: 400 to");
        assert_eq!(failure(4, ""), "AMBIGUOUS");
        assert_eq!(failure(0, ""), "");
    }
}
