use std::time::Duration;

use super::{phase::Phase, reply::Reply};
use crate::meta::{Action, Reason, Scope};

/// One row of the table in the crate's README.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// None: at any.
    phase: Option<Phase>,
    code: Code,
    /// Subject and detail of the enhanced code.
    enhanced: Option<(u16, u16)>,
    pub(super) name: &'static str,
    pub(super) action: Action,
    pub(super) wait: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
enum Code {
    One(u16),
    /// 4: all of 400 to 499.
    Class(u16),
}

use Action::{DeferPerson, Pause, Retry, SkipPerson, Stop, StopBroadcast};
use Code::{Class, One};
use Phase::{Auth, Connect, Data, End, Mail, Rcpt};
use Reason::{Address, Request, Unknown, Unreachable};

const SENDER: Scope = Scope::Sender;
const ANY: Option<Phase> = None;

const fn at(phase: Phase, code: Code, name: &'static str, action: Action) -> Rule {
    rule(Some(phase), code, None, name, action)
}

const fn any(code: Code, subject: u16, detail: u16, name: &'static str, action: Action) -> Rule {
    rule(ANY, code, Some((subject, detail)), name, action)
}

const fn rule(
    phase: Option<Phase>,
    code: Code,
    enhanced: Option<(u16, u16)>,
    name: &'static str,
    action: Action,
) -> Rule {
    Rule {
        phase,
        code,
        enhanced,
        name,
        action,
        wait: None,
    }
}

const UNKNOWN: Rule = rule(ANY, Class(5), None, "refused", SkipPerson(Unknown));

/// The first that fits holds.
pub(super) const RULES: &[Rule] = &[
    // The account, the server and how fast we are.
    rule(ANY, One(421), None, "throttled", Pause(SENDER)).after(60),
    at(Connect, Class(4), "server_busy", Pause(SENDER)).after(60),
    at(Connect, Class(5), "server_refused", Stop(SENDER)),
    at(Auth, Class(4), "auth_unavailable", Pause(SENDER)).after(60),
    at(Auth, Class(5), "auth_refused", Stop(SENDER)),
    rule(ANY, One(530), None, "auth_required", Stop(SENDER)),
    rule(ANY, One(535), None, "auth_refused", Stop(SENDER)),
    any(Class(4), 7, 0, "throttled", Pause(SENDER)).after(60),
    any(Class(4), 7, 28, "throttled", Pause(SENDER)).after(600),
    any(Class(5), 1, 7, "sender_address", Stop(SENDER)),
    any(Class(5), 1, 8, "sender_address", Stop(SENDER)),
    any(Class(5), 7, 25, "sender_unauthenticated", Stop(SENDER)),
    any(Class(5), 7, 26, "sender_unauthenticated", Stop(SENDER)),
    any(Class(5), 7, 27, "sender_unauthenticated", Stop(SENDER)),
    any(Class(5), 7, 28, "sender_unauthenticated", Stop(SENDER)),
    any(Class(5), 7, 29, "sender_unauthenticated", Stop(SENDER)),
    any(Class(5), 7, 30, "sender_unauthenticated", Stop(SENDER)),
    // The mail.
    any(Class(5), 3, 4, "too_large", StopBroadcast),
    at(Mail, One(552), "too_large", StopBroadcast),
    at(End, One(552), "too_large", StopBroadcast),
    any(Class(5), 6, 0, "content_refused", StopBroadcast),
    any(Class(5), 6, 1, "content_refused", StopBroadcast),
    // The person.
    any(Class(5), 1, 1, "no_such_address", SkipPerson(Address)),
    any(Class(5), 1, 2, "no_such_address", SkipPerson(Address)),
    any(Class(5), 1, 3, "no_such_address", SkipPerson(Address)),
    any(Class(5), 1, 6, "no_such_address", SkipPerson(Address)),
    any(Class(5), 1, 10, "no_such_address", SkipPerson(Address)),
    any(Class(5), 2, 1, "mailbox_disabled", SkipPerson(Unreachable)),
    any(Class(5), 2, 2, "mailbox_full", SkipPerson(Unreachable)),
    any(
        Class(5),
        2,
        3,
        "too_large_for_mailbox",
        SkipPerson(Unreachable),
    ),
    any(
        Class(5),
        4,
        1,
        "mailbox_unavailable",
        SkipPerson(Unreachable),
    ),
    any(
        Class(5),
        4,
        4,
        "mailbox_unavailable",
        SkipPerson(Unreachable),
    ),
    any(Class(4), 2, 1, "mailbox_busy", DeferPerson).after(600),
    any(Class(4), 2, 2, "mailbox_full_now", DeferPerson).after(3_600),
    rule(
        Some(Rcpt),
        Class(4),
        Some((7, 1)),
        "greylisted",
        DeferPerson,
    )
    .after(300),
    rule(
        Some(Rcpt),
        Class(5),
        Some((7, 1)),
        "not_permitted",
        SkipPerson(Request),
    ),
    // Codes alone.
    at(Mail, Class(5), "sender_refused", Stop(SENDER)),
    at(Rcpt, One(450), "mailbox_busy", DeferPerson).after(600),
    at(Rcpt, One(452), "no_room", Retry).after(60),
    at(Rcpt, One(451), "server_error", Retry).after(60),
    at(Rcpt, Class(4), "deferred", DeferPerson).after(600),
    at(Rcpt, One(552), "mailbox_full_now", DeferPerson).after(3_600),
    at(
        Rcpt,
        One(550),
        "mailbox_unavailable",
        SkipPerson(Unreachable),
    ),
    at(Rcpt, One(501), "no_such_address", SkipPerson(Address)),
    at(Rcpt, One(551), "no_such_address", SkipPerson(Address)),
    at(Rcpt, One(553), "no_such_address", SkipPerson(Address)),
    at(Rcpt, One(556), "no_such_address", SkipPerson(Address)),
    at(Data, Class(5), "data_refused", SkipPerson(Request)),
    rule(
        Some(End),
        Class(5),
        Some((7, 1)),
        "content_refused",
        StopBroadcast,
    ),
    at(End, One(554), "content_refused", StopBroadcast),
    rule(ANY, Class(4), None, "server_error", Retry).after(60),
    UNKNOWN,
];

/// The rule that holds for a reply; there is one for every 4xx and 5xx.
pub(super) fn find(reply: &Reply) -> &'static Rule {
    RULES
        .iter()
        .find(|rule| rule.fits(reply))
        .unwrap_or(&UNKNOWN)
}

impl Rule {
    const fn after(self, seconds: u64) -> Self {
        Self {
            wait: Some(Duration::from_secs(seconds)),
            ..self
        }
    }

    fn fits(&self, reply: &Reply) -> bool {
        let enhanced = reply.enhanced.map(|it| (it.subject, it.detail));
        self.phase.is_none_or(|phase| phase == reply.phase)
            && (self.enhanced.is_none() || self.enhanced == enhanced)
            && match self.code {
                One(code) => code == reply.code,
                Class(class) => class == reply.code / 100,
            }
    }

    /// As the README writes it: `rcpt 5xx 5.7.1`.
    #[cfg(test)]
    pub(super) fn label(&self) -> String {
        let phase = self.phase.map_or("any", Phase::name);
        let (class, code) = match self.code {
            One(code) => (code / 100, code.to_string()),
            Class(class) => (class, format!("{class}xx")),
        };
        match self.enhanced {
            Some((subject, detail)) => format!("{phase} {code} {class}.{subject}.{detail}"),
            None => format!("{phase} {code}"),
        }
    }
}
