//! The presences of a report, by number.

use std::collections::{BTreeMap, HashMap};

use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;

use super::presence::{Near, NearKind, Presence};
use crate::texts::number;
use crate::told::Reason;

/// Where a near login was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Whereabouts {
    /// Among the users of the location.
    User,
    /// In its directory.
    Entry,
}

/// Gives presences their numbers, one number to equal ones as far as they come often.
#[derive(Default)]
pub(super) struct Codes {
    presences: Vec<Presence>,
    near: HashMap<(Whereabouts, NearKind, u32), Option<u32>>,
    /// Asked for every user, and there are few.
    users: BTreeMap<(bool, Option<usize>, usize), u32>,
    reasons: HashMap<Reason, u32>,
    absent: Option<u32>,
}

impl Codes {
    pub(super) fn add(&mut self, presence: Presence) -> u32 {
        self.presences.push(presence);
        number(self.presences.len() - 1)
    }

    pub(super) fn into_presences(self) -> Vec<Presence> {
        self.presences
    }

    pub(super) fn could_not_tell(&mut self, reason: &Reason) -> u32 {
        if let Some(code) = self.reasons.get(reason) {
            return *code;
        }
        let code = self.add(Presence::CouldNotTell { reason: reason.clone() });
        self.reasons.insert(reason.clone(), code);
        code
    }

    pub(super) fn absent(&mut self) -> u32 {
        let presences = &mut self.presences;
        *self.absent.get_or_insert_with(|| {
            presences.push(Presence::NotInDirectory { near: None });
            number(presences.len() - 1)
        })
    }

    /// Somebody near, by the number and the text of the login; none where the text is no login.
    pub(super) fn near(
        &mut self,
        at: Whereabouts,
        kind: NearKind,
        (login, text): (u32, &str),
    ) -> Option<u32> {
        let presences = &mut self.presences;
        *self.near.entry((at, kind, login)).or_insert_with(|| {
            let near = Near { found: Login::parse(text).ok()?, kind };
            presences.push(match at {
                Whereabouts::User => Presence::NearMatch(near),
                Whereabouts::Entry => Presence::NotInDirectory { near: Some(near) },
            });
            Some(number(presences.len() - 1))
        })
    }

    /// A user who is there. Sources go by their numbers.
    pub(super) fn user(
        &mut self,
        enabled: bool,
        expected: Option<usize>,
        found: usize,
        sources: &[SourceType],
    ) -> u32 {
        let presences = &mut self.presences;
        *self.users.entry((enabled, expected, found)).or_insert_with(|| {
            let source = |number: usize| sources.get(number).cloned().unwrap_or_default();
            presences.push(match (enabled, expected.map(source)) {
                (false, expected) => Presence::Disabled { expected, found: source(found) },
                (true, Some(expected)) => Presence::OtherSource { expected, found: source(found) },
                (true, None) => Presence::Present,
            });
            number(presences.len() - 1)
        })
    }
}
