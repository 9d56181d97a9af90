use std::collections::BTreeMap;
use std::fmt;

use project_deployer::ldap::settlement::{Verification, VerificationOutcome};
use serde::Serialize;

use crate::output::counted;
use crate::status::Status;

/// How many reasons a text names. JSON has all.
const SHOWN: usize = 3;

/// The comparison of verdicts with what the directories answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerificationView {
    /// The seed that drew them.
    seed: u64,
    /// What the comparison shows.
    pub(super) outcome: VerificationOutcome,
    /// How many were compared, by status.
    compared: BTreeMap<&'static str, usize>,
    /// How many could not be compared.
    unanswered: usize,
    /// Why they could not be compared, with how many for each reason.
    reasons: Vec<ReasonView>,
    /// The verdicts that a directory contradicts.
    disagreements: Vec<DisagreementView>,
}

/// Why some verdicts could not be compared.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonView {
    reason: String,
    count: usize,
}

/// A verdict that a directory contradicts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DisagreementView {
    login: String,
    location: String,
    reported: &'static str,
    asked: &'static str,
}

impl VerificationView {
    pub(super) fn of(verification: &Verification, seed: u64) -> Self {
        let disagreements = verification.disagreements.iter().map(|one| DisagreementView {
            login: one.login.to_string(),
            location: one.place.short_name(),
            reported: Status::of(&one.reported).code(),
            asked: Status::of(&one.asked).code(),
        });
        let reasons = verification.reasons.iter();
        Self {
            seed,
            outcome: verification.outcome(),
            compared: verification.compared.clone(),
            unanswered: verification.unanswered,
            reasons: reasons
                .map(|(reason, count)| ReasonView { reason: reason.to_string(), count: *count })
                .collect(),
            disagreements: disagreements.collect(),
        }
    }
}

impl fmt::Display for VerificationView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, outcome, compared, unanswered, reasons, disagreements } = self;
        let nothing = *outcome == VerificationOutcome::NothingCompared;
        match (compared.values().sum(), unanswered) {
            (_, 0) if nothing => {
                f.write_str(
                    "nothing was verified: no status of the report comes from a directory",
                )?;
            }
            (_, 1) if nothing => write!(f, "nothing was verified: 1 status could not be compared")?,
            (_, left) if nothing => {
                write!(f, "nothing was verified: all {left} statuses could not be compared")?;
            }
            (total, left) => {
                match total {
                    1 => f.write_str("1 status was compared")?,
                    _ => write!(f, "{total} statuses were compared")?,
                }
                write!(f, " with the directories (seed {seed}): ")?;
                match disagreements.len() {
                    0 => f.write_str("they agree")?,
                    wrong => f.write_str(&counted(wrong, "contradiction"))?,
                }
                if *left > 0 {
                    write!(f, "; {left} could not be compared")?;
                }
            }
        }
        for (number, ReasonView { reason, count }) in reasons.iter().take(SHOWN).enumerate() {
            write!(f, "{} {count} because: {reason}", if number == 0 { ", namely" } else { ";" })?;
        }
        match reasons.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {} more", counted(more, "reason")),
        }
    }
}
