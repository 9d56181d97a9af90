//! What is watched, and how often.

use std::fmt;
use std::str::FromStr;

use project_deployer_client::DeployerError;
use project_deployer_core::{InfraId, Login, Timestamp, setters};
use serde::{Deserialize, Serialize};

use super::ignore::IgnoreRule;
use super::names::names;

/// What a round looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// Whether deployments are healthy, and nodes match their settings.
    Health,
    /// Whether the logins that deployments need exist on every node.
    Parity,
}

names!(Check, "nothing is watched under the name", { Health => "health", Parity => "parity" });

impl Check {
    /// The shortest time from one round to the next, in seconds.
    fn shortest(self) -> u64 {
        match self {
            Self::Health => 60,
            Self::Parity => 300,
        }
    }

    /// How long a round may take, in milliseconds: never longer than until the next one.
    pub(crate) fn deadline(self, every: u64) -> u64 {
        let longest = match self {
            Self::Health => 60,
            Self::Parity => 600,
        };
        every.min(longest) * 1000
    }
}

/// The longest time from one round to the next, in seconds: a week.
const LONGEST: u64 = 7 * 24 * 3600;

/// What a setting is for. As a text it is `everything` or `infrastructure/ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum WatchScope {
    /// Every infrastructure without a setting of its own.
    Everything,
    /// One infrastructure.
    Infra(InfraId),
}

/// A text does not say what is to be watched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be watched; write `everything` or `infrastructure/ID`")]
pub struct UnknownWatchScope(String);

impl fmt::Display for WatchScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Infra(id) => write!(f, "infrastructure/{id}"),
        }
    }
}

impl FromStr for WatchScope {
    type Err = UnknownWatchScope;

    fn from_str(text: &str) -> Result<Self, UnknownWatchScope> {
        let unknown = || UnknownWatchScope(text.to_owned());
        match text.split_once('/') {
            None if text == "everything" => Ok(Self::Everything),
            Some(("infrastructure", id)) => id.parse().map(Self::Infra).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for WatchScope {
    type Error = UnknownWatchScope;

    fn try_from(text: String) -> Result<Self, UnknownWatchScope> {
        text.parse()
    }
}

impl From<WatchScope> for String {
    fn from(scope: WatchScope) -> Self {
        scope.to_string()
    }
}

/// How often something is watched, and what is ignored there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchSetting {
    /// What it is for.
    pub scope: WatchScope,
    /// The seconds from one round of health to the next; none for no rounds.
    pub health_every: Option<u64>,
    /// The seconds from one round of parity to the next; none for no rounds.
    pub parity_every: Option<u64>,
    /// Who set it.
    pub by: Login,
    /// Since when. The first round comes within the time from one round to the next.
    pub since: Timestamp,
    /// Which findings are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<IgnoreRule>,
}

impl WatchSetting {
    /// The seconds from one round to the next; none for no rounds.
    #[must_use]
    pub fn every(&self, check: Check) -> Option<u64> {
        match check {
            Check::Health => self.health_every,
            Check::Parity => self.parity_every,
        }
    }
}

/// A setting to make.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchRequest {
    /// What it is for.
    pub scope: WatchScope,
    /// The seconds from one round of health to the next: 60 to a week. None for no rounds.
    pub health_every: Option<u64>,
    /// The seconds from one round of parity to the next: 300 to a week. None for no rounds.
    pub parity_every: Option<u64>,
}

impl WatchRequest {
    /// A setting without rounds.
    #[must_use]
    pub fn new(scope: WatchScope) -> Self {
        Self { scope, health_every: None, parity_every: None }
    }

    /// The setting that it makes.
    pub(crate) fn made(self, by: Login, since: Timestamp) -> Result<WatchSetting, DeployerError> {
        let Self { scope, health_every, parity_every } = self;
        for (check, every) in [(Check::Health, health_every), (Check::Parity, parity_every)] {
            let shortest = check.shortest();
            if every.is_some_and(|every| !(shortest..=LONGEST).contains(&every)) {
                return Err(DeployerError::not_possible(
                    format!("{check} cannot be watched every {} s", every.unwrap_or_default()),
                    format!("give a time from {shortest} s to {LONGEST} s"),
                ));
            }
        }
        Ok(WatchSetting { scope, health_every, parity_every, by, since, ignored: Vec::new() })
    }
}

setters!(WatchRequest {
    with_health_every(health_every: Option<u64>),
    with_parity_every(parity_every: Option<u64>),
});

/// The setting of an infrastructure: its own, else the one for everything.
pub(crate) fn setting_of<'a>(
    known: &'a [WatchSetting],
    infra: &InfraId,
) -> Option<&'a WatchSetting> {
    let own = known.iter().find(|it| matches!(&it.scope, WatchScope::Infra(id) if id == infra));
    own.or_else(|| known.iter().find(|it| it.scope == WatchScope::Everything))
}

/// The rules by which findings of an infrastructure are ignored: its own, and those for everything.
pub(crate) fn rules_of<'a>(known: &'a [WatchSetting], infra: &InfraId) -> Vec<&'a IgnoreRule> {
    let holds = |setting: &&WatchSetting| match &setting.scope {
        WatchScope::Infra(id) => id == infra,
        WatchScope::Everything => true,
    };
    known.iter().filter(holds).flat_map(|setting| &setting.ignored).collect()
}
