use std::{fmt, time::Duration};

/// Whom a refusal concerns, beyond the person it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The Page, or the phone number.
    Sender,
    /// The WhatsApp business account, with all its numbers.
    Business,
    /// All accounts that our app serves.
    App,
}

/// Why one person gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no such person for this account.
    Address,
    /// Blocked, gone, or without a client that could show it. Which of them is not said.
    Unreachable,
    /// Too long since the person's last message.
    WindowClosed,
    /// The person has told Meta to hear no more. Suppress.
    OptedOut,
    /// Meta thinks that the person is being bothered. Suppress, and tell somebody.
    Bothered,
    /// Enough marketing for this person from all businesses. Not before `wait`.
    Capped,
    /// In an experiment that gets no marketing. Useless to repeat.
    Experiment,
    /// This country may not be sent to.
    Country,
    /// This person's values do not fit the template.
    Values,
    /// The request is wrong. If it is so for the first few, it will be for all: stop.
    Request,
    /// No rule knows the code.
    Unknown,
}

/// What to do about a definite refusal. Nobody was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// This person gets nothing of this broadcast; everybody else goes on.
    SkipPerson(Reason),
    /// This person later; everybody else goes on.
    DeferPerson,
    /// The same again later.
    Retry,
    /// Too fast: nothing to anybody in the scope for a while, then the same again.
    Pause(Scope),
    /// Nobody will get this content.
    StopBroadcast,
    /// Nobody in the scope will be served until a person has done something. What is pending stays so.
    Stop(Scope),
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It was sent, whatever else is said.
    Sent,
    /// It may have been sent.
    Unclear,
    Refused(Action),
}

/// One row of the tables in the crate's README.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// None if the subcode alone says it.
    codes: Option<(i64, i64)>,
    subcode: Option<i64>,
    pub(crate) name: &'static str,
    pub(crate) meaning: Meaning,
    pub(crate) wait: Option<Duration>,
}

impl Rule {
    pub(crate) const fn new(code: i64, name: &'static str, meaning: Meaning) -> Self {
        Self::range(code, code, name, meaning)
    }

    pub(crate) const fn range(first: i64, last: i64, name: &'static str, meaning: Meaning) -> Self {
        Self {
            codes: Some((first, last)),
            subcode: None,
            name,
            meaning,
            wait: None,
        }
    }

    pub(crate) const fn sub(code: i64, subcode: i64, name: &'static str, meaning: Meaning) -> Self {
        Self {
            subcode: Some(subcode),
            ..Self::new(code, name, meaning)
        }
    }

    pub(crate) const fn subcode(subcode: i64, name: &'static str, meaning: Meaning) -> Self {
        Self {
            codes: None,
            ..Self::sub(0, subcode, name, meaning)
        }
    }

    pub(crate) const fn after(self, seconds: u64) -> Self {
        Self {
            wait: Some(Duration::from_secs(seconds)),
            ..self
        }
    }

    /// As the README writes it.
    #[cfg(test)]
    pub(crate) fn label(&self) -> String {
        let code = match self.codes {
            Some((first, last)) if first == last => first.to_string(),
            Some((first, last)) => format!("{first}-{last}"),
            None => "*".to_owned(),
        };
        match self.subcode {
            Some(subcode) => format!("{code}/{subcode}"),
            None => code,
        }
    }
}

/// A channel's rules, matched by (code, subcode): texts change with the locale.
pub(crate) type Rules = &'static [Rule];

/// The rule that says most about the pair.
pub(crate) fn find(rules: Rules, code: i64, subcode: Option<i64>) -> Option<&'static Rule> {
    let of_code = |rule: &&Rule| {
        rule.codes
            .is_some_and(|(first, last)| (first..=last).contains(&code))
    };
    let exact = |rule: &&Rule| rule.subcode.is_some() && rule.subcode == subcode;
    rules
        .iter()
        .find(|rule| exact(rule) && of_code(rule))
        .or_else(|| {
            rules
                .iter()
                .find(|rule| exact(rule) && rule.codes.is_none())
        })
        .or_else(|| {
            rules
                .iter()
                .find(|rule| rule.subcode.is_none() && of_code(rule))
        })
}

impl Action {
    /// A stable name of the kind, for metrics and stored outcomes.
    pub fn class(&self) -> &'static str {
        match self {
            Self::SkipPerson(_) => "skip_person",
            Self::DeferPerson => "defer_person",
            Self::Retry => "retry",
            Self::Pause(_) => "pause",
            Self::StopBroadcast => "stop_broadcast",
            Self::Stop(_) => "stop",
        }
    }

    /// Whether the same bytes may be sent again by a machine.
    pub fn may_be_repeated(&self) -> bool {
        match self {
            Self::DeferPerson | Self::Retry | Self::Pause(_) => true,
            Self::SkipPerson(_) | Self::StopBroadcast | Self::Stop(_) => false,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.class())?;
        match self {
            Self::SkipPerson(reason) => write!(formatter, " {}", reason.class()),
            Self::Pause(scope) | Self::Stop(scope) => write!(formatter, " {}", scope.class()),
            Self::DeferPerson | Self::Retry | Self::StopBroadcast => Ok(()),
        }
    }
}

impl Reason {
    pub fn class(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Unreachable => "unreachable",
            Self::WindowClosed => "window_closed",
            Self::OptedOut => "opted_out",
            Self::Bothered => "bothered",
            Self::Capped => "capped",
            Self::Experiment => "experiment",
            Self::Country => "country",
            Self::Values => "values",
            Self::Request => "request",
            Self::Unknown => "unknown",
        }
    }
}

impl Scope {
    pub fn class(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Business => "business",
            Self::App => "app",
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent => formatter.write_str("accepted"),
            Self::Unclear => formatter.write_str("ambiguous"),
            Self::Refused(action) => action.fmt(formatter),
        }
    }
}
