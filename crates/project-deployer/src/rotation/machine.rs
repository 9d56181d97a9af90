//! The steps of a rotation, as functions of what happened. No IO.

use serde::{Deserialize, Serialize};

/// A step of a rotation on one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RotationStep {
    /// The node says which key it is asked with.
    Identify,
    /// Keys that earlier attempts of this rotation left are deleted. They are found by their label.
    Clean,
    /// A new key is made, and stored.
    Create,
    /// The new key is read back from the store, and the node is asked with it.
    Try,
    /// The settings of every infrastructure that uses the old key get the new one.
    Switch,
    /// Updates that began with the old key end.
    Wait,
    /// The settings are read back from the store, and the node is asked with their key.
    Confirm,
    /// The old key is deleted.
    Revoke,
    /// The settings get the old key again.
    Restore,
    /// The new key is deleted. The old one stays.
    Abandon,
}

/// How a rotation on a node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RotationEnd {
    /// The new key is in use, and the old one is revoked.
    Rotated,
    /// The new key is in use. The node did not revoke the old one: that is a manual step.
    OldKeyStays,
    /// Nothing was made: the key is not one that can be rotated.
    Refused,
    /// The old key is in use.
    Failed,
    /// The infrastructure or its node is gone from the Deployer.
    Gone,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is done.
    Done,
    /// The settings do not have the new key everywhere.
    Behind,
    /// It cannot be done, and had no effect.
    Denied,
    /// It may have had an effect, or may work later.
    Failed,
    /// There is no such infrastructure or node any more.
    Gone,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Step(RotationStep),
    /// It goes on later.
    Pause,
    End(RotationEnd),
}

/// How many failures one run bears before it pauses or gives up.
pub(super) const MOST_FAILURES: u32 = 3;

/// What follows a step, after this many failures of the run, this one included.
pub(super) fn next(step: RotationStep, outcome: Outcome, failures: u32) -> Next {
    use RotationStep::{
        Abandon, Clean, Confirm, Create, Identify, Restore, Revoke, Switch, Try, Wait,
    };
    match outcome {
        Outcome::Gone => Next::End(match step {
            // The settings got the new key: it is in use wherever they are now.
            Wait | Confirm | Revoke | Restore => RotationEnd::OldKeyStays,
            _ => RotationEnd::Gone,
        }),
        Outcome::Failed | Outcome::Behind if failures < MOST_FAILURES => Next::Step(match step {
            // The answer may be lost: what it made is looked for.
            Create => Clean,
            Confirm if outcome == Outcome::Behind => Switch,
            same => same,
        }),
        Outcome::Failed | Outcome::Behind => match step {
            Identify => Next::End(RotationEnd::Failed),
            // Nothing uses the new key.
            Create | Try => Next::Step(Abandon),
            Clean | Switch | Wait | Confirm | Revoke | Restore | Abandon => Next::Pause,
        },
        Outcome::Done => match step {
            Identify => Next::Step(Clean),
            Clean => Next::Step(Create),
            Create => Next::Step(Try),
            Try => Next::Step(Switch),
            Switch => Next::Step(Wait),
            Wait => Next::Step(Confirm),
            // The only way to the end of the old key.
            Confirm => Next::Step(Revoke),
            Revoke => Next::End(RotationEnd::Rotated),
            Restore => Next::Step(Abandon),
            Abandon => Next::End(RotationEnd::Failed),
        },
        Outcome::Denied => match step {
            Identify => Next::End(RotationEnd::Refused),
            Clean | Create | Abandon => Next::End(RotationEnd::Failed),
            Try => Next::Step(Abandon),
            // An earlier attempt may have written, and its answer was lost.
            Switch | Confirm => Next::Step(Restore),
            Revoke => Next::End(RotationEnd::OldKeyStays),
            Wait | Restore => Next::Pause,
        },
    }
}

/// Where a rotation goes on that stood at this step when its process died.
pub(super) fn resumed(step: RotationStep) -> RotationStep {
    match step {
        RotationStep::Create => RotationStep::Clean,
        same => same,
    }
}

#[cfg(test)]
mod tests;
