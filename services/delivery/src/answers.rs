//! What an answer of a channel that takes one person a call means. Pure.

use std::time::Duration;

use broadcast_domain::Fate;
use channels::meta::{Action, Outcome, Reason, Refusal};
use events::broadcasts::{FailureClass, PauseReason};

/// What became of one person's call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// For good. Nothing is repeated that may have been sent.
    Settled(Fate),
    /// Refused as a wrong request. If it is so for all, it is not the person.
    WrongRequest { code: String, detail: String },
    /// Not sent, and to be sent later; others go on.
    Later { wait: Option<Duration> },
    /// Not sent, and nothing else can be for now.
    Halt(Halt),
}

/// Why an account makes no further calls for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The process is to stop, or the account is another's now.
    GiveWay,
    /// Too fast, or out of reach.
    Wait {
        wait: Option<Duration>,
        why: &'static str,
    },
    /// It is not known what became of somebody: a channel that fails is not tried with everyone.
    Doubt,
    /// A person has to mend something.
    Pause {
        reason: PauseReason,
        detail: String,
        /// Perhaps they were exchanged at this moment.
        credentials: bool,
    },
    /// Nobody will get this content.
    Stop { code: String, detail: String },
}

/// `message_key` makes of the channel's id of a message what may be kept.
pub(crate) fn told(outcome: Outcome, message_key: impl FnOnce(&str) -> String) -> Told {
    match outcome {
        Outcome::Accepted(accepted) => {
            let channel_request_id = accepted
                .message_id
                .as_deref()
                .map_or_else(String::new, message_key);
            Told::Settled(if accepted.held {
                Fate::Held { channel_request_id }
            } else {
                Fate::Accepted { channel_request_id }
            })
        }
        Outcome::Ambiguous { .. } => Told::Settled(unanswered()),
        Outcome::Unsent { .. } => Told::Halt(Halt::Wait {
            wait: None,
            why: "unreachable",
        }),
        Outcome::Refused(refusal) => refused(refusal),
    }
}

/// Of a call whose answer is lost: never made again.
pub(crate) fn unanswered() -> Fate {
    Fate::Unknown {
        code: "no_answer".to_owned(),
    }
}

/// Of whoever was in the window of a worker that died.
pub(crate) fn interrupted() -> Fate {
    Fate::Unknown {
        code: "interrupted".to_owned(),
    }
}

fn refused(refusal: Refusal) -> Told {
    let code = refusal.label();
    let Refusal {
        name, wait, detail, ..
    } = refusal;
    match refusal.action {
        Action::SkipPerson(Reason::Request) => Told::WrongRequest { code, detail },
        Action::SkipPerson(
            Reason::Address
            | Reason::Unreachable
            | Reason::WindowClosed
            | Reason::OptedOut
            | Reason::Bothered
            | Reason::Capped
            | Reason::Experiment
            | Reason::Country
            | Reason::Values
            | Reason::Unknown,
        ) => Told::Settled(failed(FailureClass::Recipient, code)),
        Action::DeferPerson => Told::Later { wait },
        Action::Retry | Action::Pause(_) => Told::Halt(Halt::Wait { wait, why: name }),
        Action::StopBroadcast => Told::Halt(Halt::Stop { code, detail }),
        Action::Stop(_) => {
            let credentials = matches!(
                name,
                "token_invalid"
                    | "permission_missing"
                    | "appsecret_proof_missing"
                    | "not_the_api"
                    | "auth_refused"
                    | "auth_required"
            );
            Told::Halt(Halt::Pause {
                reason: if credentials {
                    PauseReason::Credentials
                } else {
                    PauseReason::Restricted
                },
                detail: format!("{code}: {detail}"),
                credentials,
            })
        }
    }
}

pub(crate) fn failed(class: FailureClass, code: String) -> Fate {
    Fate::Failed { class, code }
}

#[cfg(test)]
mod tests {
    use channels::{HeaderMap, messenger, whatsapp};

    use super::*;

    fn whatsapp(status: u16, body: &str) -> Told {
        let outcome = whatsapp::classify(status, &HeaderMap::new(), body.as_bytes());
        told(outcome, |id| format!("key of {id}"))
    }

    fn error(code: i64) -> Told {
        whatsapp(
            400,
            &format!(r#"{{"error":{{"message":"m","code":{code}}}}}"#),
        )
    }

    #[test]
    fn what_was_accepted_is_kept_by_a_key_and_not_by_its_id() {
        let accepted = |channel_request_id: &str| {
            Told::Settled(Fate::Accepted {
                channel_request_id: channel_request_id.to_owned(),
            })
        };
        let body = r#"{"messages":[{"id":"wamid.1"}]}"#;
        assert_eq!(whatsapp(200, body), accepted("key of wamid.1"));
        assert_eq!(whatsapp(200, "torn"), accepted(""));
        let body =
            r#"{"messages":[{"id":"wamid.1","message_status":"held_for_quality_assessment"}]}"#;
        let held = Fate::Held {
            channel_request_id: "key of wamid.1".to_owned(),
        };
        assert_eq!(whatsapp(200, body), Told::Settled(held));
    }

    #[test]
    fn what_may_have_been_sent_is_a_doubt_and_never_sent_again() {
        for doubt in [error(131_000), error(1), whatsapp(502, "<html>")] {
            assert_eq!(doubt, Told::Settled(unanswered()));
        }
        let outcome = Outcome::Ambiguous {
            detail: "no answer in time".to_owned(),
        };
        assert_eq!(told(outcome, str::to_owned), Told::Settled(unanswered()));
    }

    #[test]
    fn a_person_who_cannot_be_reached_fails_alone() {
        for (code, label) in [
            (131_026, "131026 undeliverable"),
            (131_049, "131049 marketing_cap"),
            (131_050, "131050 opted_out"),
        ] {
            let fate = failed(FailureClass::Recipient, label.to_owned());
            assert_eq!(error(code), Told::Settled(fate));
        }
        assert!(matches!(error(131_056), Told::Later { wait: Some(_) }));
    }

    #[test]
    fn the_account_halts_for_what_is_not_the_persons() {
        assert!(matches!(error(130_429), Told::Halt(Halt::Wait { .. })));
        assert!(matches!(error(132_015), Told::Halt(Halt::Stop { .. })));
        assert!(matches!(error(132_000), Told::WrongRequest { .. }));
        for (code, expected) in [(190, true), (131_042, false), (368, false)] {
            let told = error(code);
            assert!(
                matches!(&told, Told::Halt(Halt::Pause { credentials, .. }) if *credentials == expected),
                "{told:?}"
            );
        }
        let outside = r#"{"error":{"message":"m","code":10,"error_subcode":2018278}}"#;
        let update = messenger::MessagingType::Update;
        let outcome = messenger::classify(update, 400, &HeaderMap::new(), outside.as_bytes());
        let label = "10/2018278 window_closed".to_owned();
        let fate = failed(FailureClass::Recipient, label);
        assert_eq!(told(outcome, str::to_owned), Told::Settled(fate));
    }
}
