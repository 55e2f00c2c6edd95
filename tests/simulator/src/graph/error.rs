use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An error in the envelope that all of Graph uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) code: u32,
    subcode: Option<u32>,
    message: String,
    details: Option<String>,
    transient: bool,
    status: Option<u16>,
    /// Goes to the usage header.
    pub(crate) regain_minutes: Option<u64>,
}

/// An error to be answered on request: whatever code, whatever subcode.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Injected {
    pub code: u32,
    pub subcode: Option<u32>,
    /// The one that goes with the code unless set.
    pub status: Option<u16>,
    pub message: Option<String>,
    pub details: Option<String>,
    pub is_transient: bool,
    /// `estimated_time_to_regain_access` of the usage header.
    pub regain_minutes: Option<u64>,
}

impl From<&Injected> for GraphError {
    fn from(injected: &Injected) -> Self {
        let mut error = Self::new(injected.code);
        error.subcode = injected.subcode;
        error.status = injected.status;
        error.transient |= injected.is_transient;
        error.details.clone_from(&injected.details);
        error.regain_minutes = injected.regain_minutes;
        if let Some(message) = &injected.message {
            error.message.clone_from(message);
        }
        error
    }
}

impl GraphError {
    /// In the words that go with the code.
    pub(crate) fn new(code: u32) -> Self {
        Self {
            code,
            subcode: None,
            message: format!("(#{code}) {}", title(code)),
            details: None,
            transient: matches!(code, 1 | 2 | 131_016),
            status: None,
            regain_minutes: None,
        }
    }

    /// Our own request was wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        let mut error = Self::new(100);
        error.message = format!("(#100) {}", message.into());
        error
    }

    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    pub(crate) fn sub(mut self, subcode: u32) -> Self {
        self.subcode = Some(subcode);
        self
    }

    pub(crate) fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    pub(crate) fn regain(mut self, minutes: u64) -> Self {
        self.regain_minutes = Some(minutes);
        self
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
            .unwrap_or_else(|| status(self.code, self.subcode))
    }

    pub(crate) fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": trace,
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if self.transient {
            error["is_transient"] = json!(true);
        }
        if let Some(details) = &self.details {
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        json!({ "error": error })
    }

    /// As `statuses[].errors[]` of a webhook says it.
    pub(crate) fn in_status(&self) -> Value {
        let details = self.details.as_deref().unwrap_or_else(|| title(self.code));
        json!({
            "code": self.code,
            "title": title(self.code),
            "message": title(self.code),
            "error_data": { "details": details },
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        })
    }
}

fn status(code: u32, subcode: Option<u32>) -> u16 {
    match code {
        0 | 190 => 401,
        3 | 131_000 | 131_016 | 131_045 | 131_057 | 134_102 => 500,
        2 | 133_004 => 503,
        10 | 200..=299 | 368 | 130_497 | 131_005 | 131_031 if code != 10 || subcode.is_none() => {
            403
        }
        132_001 => 404,
        _ => 400,
    }
}

fn title(code: u32) -> &'static str {
    match code {
        0 => "AuthException",
        1 => "An unknown error occurred",
        2 => "Service temporarily unavailable",
        3 => "API Method",
        4 => "Application request limit reached",
        10 => "Application does not have permission for this action",
        17 => "User request limit reached",
        32 => "Page request limit reached",
        100 => "Invalid parameter",
        190 => "Invalid OAuth access token - Cannot parse access token",
        200..=299 => "Permissions error",
        368 => "Temporarily blocked for policies violations",
        551 => "This person isn't available right now.",
        613 => "Calls to this api have exceeded the rate limit.",
        80_001 | 80_006 | 80_007 | 80_008 => "There have been too many calls to this account",
        130_429 => "Rate limit hit",
        130_472 => "User's number is part of an experiment",
        130_497 => "Business account is restricted from messaging users in this country.",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        33 | 131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_030 => "Recipient phone number not in allowed list",
        131_031 => "Account has been locked",
        131_037 => {
            "WhatsApp provided number needs display name approval before message can be sent."
        }
        131_042 => "Business eligibility payment issue",
        131_045 => "Message failed to send due to an error with the phone number's certificate",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131_050 => "User has stopped receiving marketing messages from this business",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_055 => "Method not allowed",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Account in maintenance mode",
        131_063 => "Marketing templates are disabled on Cloud API",
        131_064 => "Message limited after template classification violations",
        132_000 => "Number of parameters does not match the expected number of params",
        132_001 => "Template name does not exist in the translation",
        132_005 => "Translated text too long",
        132_007 => "Template format character policy violated",
        132_012 => "Parameter format does not match format in the created template",
        132_015 => "Template is paused",
        132_016 => "Template is disabled",
        132_018 => "Invalid template parameters",
        133_004 => "Server temporarily unavailable",
        133_010 => "Phone number not registered",
        134_100 => "Only marketing messages supported",
        134_101 => "Template is syncing",
        134_102 => "Template is not available for sending",
        135_000 => "Generic user error",
        _ => "An error occurred",
    }
}
