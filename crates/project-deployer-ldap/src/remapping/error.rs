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
    /// The pattern is not a regular expression of Java. A node with such a rule refuses every login.
    #[error("is not a regular expression of Java: {0}")]
    Syntax(String),
    /// The pattern has syntax of Java that is not supported here. The text names it, its place and what to
    /// write instead.
    #[error("has {0}")]
    Unsupported(String),
    /// The replacement is malformed or refers to a group that the pattern does not have.
    #[error("has a replacement that cannot be used: {0}")]
    Replacement(String),
    /// The search takes more steps than the limit.
    #[error("takes too long on the login `{login}`; write a pattern without nested repetitions")]
    Explodes {
        /// The login.
        login: String,
    },
    /// The result depends on the version of Java on the node.
    #[error(
        "has another result for the login `{login}` in another version of Java; name the letters of the login in the pattern, in place of `\\b`, `(?U)`, `(?u)` or `\\p{{…}}`"
    )]
    Version {
        /// The login.
        login: String,
    },
    /// Java would cut a letter outside the basic plane of Unicode in two, or count it as two.
    #[error(
        "has no certain result for the login `{login}`: Java treats a letter outside the basic plane of Unicode as two halves; write a pattern that matches at least one character and has no look-behind"
    )]
    Half {
        /// The login.
        login: String,
    },
    /// All rules together took longer than the time budget of the logins so far.
    #[error(
        "is the rule at which all rules together took too long, on the login `{login}`; write fewer or simpler rules"
    )]
    Slow {
        /// The login.
        login: String,
    },
    /// There are more than a hundred rules.
    #[error("exceeds the limit of {RULE_LIMIT} rules; combine some of them")]
    TooMany,
    /// The login is longer than the limit before any rule is applied.
    #[error(
        "is not applied to the login `{login}`, which has more than {LENGTH_LIMIT} bytes; shorten the login"
    )]
    LongLogin {
        /// The login.
        login: String,
    },
    /// The result is longer than the limit.
    #[error(
        "has a result of more than {LENGTH_LIMIT} bytes for the login `{login}`; shorten the replacement"
    )]
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

    /// The fault.
    #[must_use]
    pub fn fault(&self) -> &RemappingFault {
        &self.fault
    }
}
