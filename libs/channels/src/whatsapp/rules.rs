use crate::meta::{
    Action::{DeferPerson, Pause, Retry, SkipPerson, Stop, StopBroadcast},
    Meaning::{Refused, Unclear},
    Reason, Rule, Rules,
    Scope::{App, Business, Sender},
};

const DAY: u64 = 24 * 3_600;

/// Meta's "Error Codes" of the Cloud API, and those that only clients list. Each has a row in the crate's README, and each row a test.
///
/// A code that says that the service failed without saying that the message did is ambiguous: nothing could be repeated safely.
pub(super) const RULES: Rules = &[
    Rule::new(1, "service_failed", Unclear),
    Rule::new(2, "service_failed", Unclear),
    Rule::new(131_000, "service_failed", Unclear),
    Rule::new(131_016, "service_unavailable", Refused(Retry)),
    Rule::new(133_004, "service_unavailable", Refused(Retry)),
    Rule::new(131_057, "maintenance", Refused(Pause(Sender))).after(60),
    Rule::new(134_101, "template_syncing", Refused(Retry)).after(600),
    Rule::new(130_429, "throughput", Refused(Pause(Sender))).after(1),
    Rule::new(131_056, "pair_rate", Refused(DeferPerson)).after(6),
    Rule::new(4, "app_throttled", Refused(Pause(App))),
    Rule::new(80_007, "business_throttled", Refused(Pause(Business))),
    Rule::new(80_008, "business_throttled", Refused(Pause(Business))),
    Rule::new(
        131_049,
        "marketing_cap",
        Refused(SkipPerson(Reason::Capped)),
    )
    .after(DAY),
    Rule::new(
        130_472,
        "experiment",
        Refused(SkipPerson(Reason::Experiment)),
    ),
    Rule::new(131_050, "opted_out", Refused(SkipPerson(Reason::OptedOut))),
    Rule::new(
        131_026,
        "undeliverable",
        Refused(SkipPerson(Reason::Unreachable)),
    ),
    Rule::new(
        131_047,
        "window_closed",
        Refused(SkipPerson(Reason::WindowClosed)),
    ),
    Rule::new(131_021, "own_number", Refused(SkipPerson(Reason::Address))),
    Rule::new(
        131_030,
        "not_a_test_recipient",
        Refused(SkipPerson(Reason::Address)),
    ),
    Rule::new(
        131_062,
        "user_id_refused",
        Refused(SkipPerson(Reason::Address)),
    ),
    Rule::new(
        137_000,
        "identity_changed",
        Refused(SkipPerson(Reason::Unreachable)),
    ),
    Rule::new(
        130_497,
        "country_restricted",
        Refused(SkipPerson(Reason::Country)),
    ),
    Rule::new(
        132_005,
        "filled_text_too_long",
        Refused(SkipPerson(Reason::Values)),
    ),
    Rule::new(100, "request_invalid", Refused(SkipPerson(Reason::Request))),
    Rule::new(
        131_008,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(
        131_009,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(
        131_051,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(
        131_055,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(
        132_000,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(
        132_012,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(
        132_018,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(
        135_000,
        "request_invalid",
        Refused(SkipPerson(Reason::Request)),
    ),
    Rule::new(132_001, "template_missing", Refused(StopBroadcast)),
    Rule::new(132_007, "template_policy", Refused(StopBroadcast)),
    Rule::new(132_015, "template_paused", Refused(StopBroadcast)),
    Rule::new(132_016, "template_disabled", Refused(StopBroadcast)),
    Rule::new(131_063, "marketing_api_only", Refused(StopBroadcast)),
    Rule::new(131_052, "media_refused", Refused(StopBroadcast)),
    Rule::new(131_053, "media_refused", Refused(StopBroadcast)),
    Rule::new(131_048, "spam_limited", Refused(Stop(Sender))),
    Rule::new(131_037, "number_not_ready", Refused(Stop(Sender))),
    Rule::new(131_045, "number_not_ready", Refused(Stop(Sender))),
    Rule::new(133_010, "number_not_ready", Refused(Stop(Sender))),
    Rule::new(33, "number_not_ready", Refused(Stop(Sender))),
    Rule::new(131_064, "category_violations", Refused(Stop(Business))),
    Rule::new(368, "account_blocked", Refused(Stop(Business))),
    Rule::new(131_031, "account_blocked", Refused(Stop(Business))),
    Rule::new(131_042, "payment", Refused(Stop(Business))),
    Rule::new(0, "token_invalid", Refused(Stop(Business))),
    Rule::new(190, "token_invalid", Refused(Stop(Business))),
    Rule::new(3, "permission_missing", Refused(Stop(Business))),
    Rule::new(10, "permission_missing", Refused(Stop(Business))),
    Rule::range(200, 299, "permission_missing", Refused(Stop(Business))),
    Rule::new(131_005, "permission_missing", Refused(Stop(Business))),
];
