use chrono::{DateTime, Utc};
use events::common::Purpose;

/// What was decided last about a purpose, by the person or by the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub at: DateTime<Utc>,
    pub opted_out: bool,
}

/// What a contact may be written to for one purpose.
///
/// The person's decisions and the team's are kept apart, so that neither the order in which they
/// become known matters nor a team ever overrides a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PurposeConsent {
    pub person: Option<Decision>,
    pub team: Option<Decision>,
}

/// Why a contact may not be written to for a purpose, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptedOut {
    /// Only the person can undo it.
    ByPerson(DateTime<Utc>),
    ByTeam(DateTime<Utc>),
}

/// A contact's decisions about all purposes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consent {
    pub broadcasts: PurposeConsent,
    pub site_marketing: PurposeConsent,
    pub cart_remarketing: PurposeConsent,
}

pub const PURPOSES: [Purpose; 3] = [
    Purpose::Broadcasts,
    Purpose::SiteMarketing,
    Purpose::CartRemarketing,
];

/// Six decisions of a time and a flag each.
const DECISION_BYTES: usize = 9;
const ENCODED_BYTES: usize = 6 * DECISION_BYTES;

impl PurposeConsent {
    /// `None`: the contact may be written to.
    #[must_use]
    pub fn opted_out(&self) -> Option<OptedOut> {
        match (self.person, self.team) {
            (Some(person), _) if person.opted_out => Some(OptedOut::ByPerson(person.at)),
            // Whoever opts in after the team has opted them out wants it.
            (Some(person), Some(team)) if team.opted_out && team.at >= person.at => {
                Some(OptedOut::ByTeam(team.at))
            }
            (None, Some(team)) if team.opted_out => Some(OptedOut::ByTeam(team.at)),
            (Some(_) | None, Some(_) | None) => None,
        }
    }
}

impl Consent {
    #[must_use]
    pub fn of(&self, purpose: Purpose) -> PurposeConsent {
        match purpose {
            Purpose::Broadcasts => self.broadcasts,
            Purpose::SiteMarketing => self.site_marketing,
            Purpose::CartRemarketing => self.cart_remarketing,
            Purpose::Unspecified => PurposeConsent::default(),
        }
    }

    pub(crate) fn person_decides(&mut self, purposes: &[Purpose], decision: Decision) {
        for &purpose in purposes {
            if let Some(consent) = self.of_mut(purpose) {
                consent.person = Some(later(consent.person, decision));
            }
        }
    }

    pub(crate) fn team_decides(&mut self, purposes: &[Purpose], decision: Decision) {
        for &purpose in purposes {
            if let Some(consent) = self.of_mut(purpose) {
                consent.team = Some(later(consent.team, decision));
            }
        }
    }

    fn of_mut(&mut self, purpose: Purpose) -> Option<&mut PurposeConsent> {
        match purpose {
            Purpose::Broadcasts => Some(&mut self.broadcasts),
            Purpose::SiteMarketing => Some(&mut self.site_marketing),
            Purpose::CartRemarketing => Some(&mut self.cart_remarketing),
            Purpose::Unspecified => None,
        }
    }

    /// A bit for each purpose that the contact is opted out of: 1 << purpose.
    #[must_use]
    pub fn opted_out_bits(&self) -> i16 {
        PURPOSES
            .into_iter()
            .filter(|&purpose| self.of(purpose).opted_out().is_some())
            .fold(0, |bits, purpose| bits | 1 << purpose as i16)
    }

    /// As a read model keeps it; `None` where nothing was ever decided, as for most.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        if *self == Self::default() {
            return None;
        }
        let mut bytes = Vec::with_capacity(ENCODED_BYTES);
        for purpose in PURPOSES {
            let consent = self.of(purpose);
            for decision in [consent.person, consent.team] {
                let at = decision.map_or(i64::MIN, |decision| decision.at.timestamp_micros());
                bytes.extend_from_slice(&at.to_be_bytes());
                bytes.push(decision.is_some_and(|decision| decision.opted_out).into());
            }
        }
        Some(bytes)
    }

    /// What [`encode`](Self::encode) made.
    #[must_use]
    pub fn decode(bytes: Option<&[u8]>) -> Self {
        let mut decisions = bytes
            .unwrap_or_default()
            .chunks_exact(DECISION_BYTES)
            .map(decision);
        let mut next = || PurposeConsent {
            person: decisions.next().flatten(),
            team: decisions.next().flatten(),
        };
        Self {
            broadcasts: next(),
            site_marketing: next(),
            cart_remarketing: next(),
        }
    }
}

fn decision(bytes: &[u8]) -> Option<Decision> {
    let (at, opted_out) = bytes.split_first_chunk()?;
    Some(Decision {
        at: DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?,
        opted_out: opted_out.first() == Some(&1),
    })
}

/// Of two at the same time, the careful one.
fn later(known: Option<Decision>, told: Decision) -> Decision {
    match known {
        Some(known) if (known.at, known.opted_out) >= (told.at, told.opted_out) => known,
        Some(_) | None => told,
    }
}
