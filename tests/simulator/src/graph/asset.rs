use std::time::Duration;

use serde_json::{Value, json};

use super::{error::GraphError, request::GraphRequest, signature::hmac_hex};
use crate::channel::{Bucket, RateLimit};

/// Who may speak for a page or a phone number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access<'a> {
    pub(crate) token: &'a str,
    pub(crate) app_secret: &'a str,
    pub(crate) require_proof: bool,
}

/// A request that is being answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a GraphRequest,
    pub(crate) number: u64,
    pub(crate) seed: u64,
    pub(crate) now: Duration,
}

impl Access<'_> {
    pub(crate) fn admits(&self, request: &GraphRequest) -> Result<(), GraphError> {
        let proof = request.query.get("appsecret_proof");
        let right = hmac_hex(self.app_secret, self.token.as_bytes());
        match proof {
            Some(proof) if *proof == right => Ok(()),
            Some(_) => Err(GraphError::invalid(
                "Invalid appsecret_proof provided in the API argument",
            )),
            None if self.require_proof => Err(GraphError::invalid(
                "API calls from the server require an appsecret_proof argument",
            )),
            None => Ok(()),
        }
    }
}

/// A rate limit and how near it is, for the usage headers.
#[derive(Debug)]
pub(crate) struct Gate {
    bucket: Bucket,
    pub(crate) refusals: u64,
}

impl Gate {
    pub(crate) fn new(limit: RateLimit, now: Duration) -> Self {
        Self {
            bucket: Bucket::new(limit, now),
            refusals: 0,
        }
    }

    pub(crate) fn set(&mut self, limit: RateLimit, now: Duration) {
        if self.bucket.limit() != limit {
            self.bucket = Bucket::new(limit, now);
        }
    }

    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let passes = self.bucket.take(now);
        if !passes {
            self.refusals += 1;
        }
        passes
    }

    fn used_percent(&self) -> f64 {
        self.bucket.used_percent()
    }

    /// `X-Business-Use-Case-Usage` and `X-App-Usage`.
    pub(crate) fn usage(
        &self,
        kind: &str,
        id: &str,
        regain_minutes: Option<u64>,
    ) -> (Value, Value) {
        let percent = match regain_minutes {
            Some(_) => 100.0,
            None => self.used_percent(),
        }
        .round();
        let usage = json!({
            "type": kind,
            "call_count": percent,
            "total_cputime": 0,
            "total_time": 0,
            "estimated_time_to_regain_access": regain_minutes.unwrap_or_default(),
        });
        let app = json!({ "call_count": percent, "total_cputime": 0, "total_time": 0 });
        (json!({ id: [usage] }), app)
    }
}
