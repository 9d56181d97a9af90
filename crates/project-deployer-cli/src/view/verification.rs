use std::collections::BTreeMap;
use std::fmt;

use project_deployer::ldap::settlement::Verification;
use serde::Serialize;

use crate::status::Status;

/// The comparison of verdicts with what the directories answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerificationView {
    /// The seed that drew them.
    seed: u64,
    /// How many were compared, by status.
    compared: BTreeMap<&'static str, usize>,
    /// How many could not be compared: the directory did not answer in full, or is an export.
    unanswered: usize,
    /// The verdicts that a directory contradicts.
    disagreements: Vec<DisagreementView>,
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
        Self {
            seed,
            compared: verification.compared.clone(),
            unanswered: verification.unanswered,
            disagreements: disagreements.collect(),
        }
    }
}

impl fmt::Display for VerificationView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, compared, unanswered, disagreements } = self;
        let total: usize = compared.values().sum();
        write!(f, "{total} verdicts were compared with the directories (seed {seed}): ")?;
        match disagreements.len() {
            0 => f.write_str("they agree")?,
            wrong => write!(f, "{wrong} are contradicted")?,
        }
        match unanswered {
            0 => Ok(()),
            _ => write!(f, "; {unanswered} could not be compared"),
        }
    }
}
