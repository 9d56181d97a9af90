use super::{LENGTH_LIMIT, RULE_LIMIT};

/// A remapping rule that cannot be applied. Rules are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("remapping rule {number} (`{rule}`) {fault}")]
pub struct RemappingError {
    pub(super) number: usize,
    pub(super) rule: String,
    pub(super) fault: RemappingFault,
}

/// What is wrong with a remapping rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemappingFault {
    /// It is no regular expression.
    #[error("is not a regular expression: {0}")]
    Syntax(String),
    /// It has something that means another thing to Java, or nothing here.
    #[error("has {0}, which is not supported; write it in another way")]
    Unsupported(String),
    /// The replacement refers to what the pattern does not have.
    #[error("has a replacement that cannot be used: {0}")]
    Replacement(String),
    /// Matching took more steps than a login can be worth.
    #[error("takes too long on the login `{login}`; write a pattern without nested repetitions")]
    Explodes {
        /// The login.
        login: String,
    },
    /// All rules together took longer than the logins can be worth that they were applied to.
    #[error(
        "is where the rules have taken too long on the login `{login}`; write fewer or simpler rules"
    )]
    Slow {
        /// The login.
        login: String,
    },
    /// There are more than a hundred rules.
    #[error("is one too many: at most {RULE_LIMIT} rules are allowed; join some of them")]
    TooMany,
    /// The login is longer than any login before a rule has seen it.
    #[error("is not applied to the login `{login}`, which has more than {LENGTH_LIMIT} bytes")]
    LongLogin {
        /// The login.
        login: String,
    },
    /// The result is longer than any login.
    #[error("makes more than {LENGTH_LIMIT} bytes of the login `{login}`")]
    TooLong {
        /// The login.
        login: String,
    },
}

impl RemappingError {
    /// The number of the rule, counted from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Whether the rules take too long.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self.fault, RemappingFault::Slow { .. })
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> &RemappingFault {
        &self.fault
    }
}
