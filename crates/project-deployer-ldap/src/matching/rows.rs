//! The logins of a report and their status at every place, in columns. A few presences repeat many times,
//! so a cell holds the number of a presence.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use project_deployer_core::Login;
use serde::ser::{SerializeSeq as _, SerializeStruct as _};
use serde::{Serialize, Serializer};

use super::codes::Left;
use super::input::LocationId;
use super::plan::Breadth;
use super::presence::Presence;
use super::requirement::LoginRequirement;
use super::settle::is_of_directory;

/// Rows are numbered in the order of their logins.
#[derive(Clone)]
pub(super) struct Rows {
    /// A vector, since moving a million logins into a slice would copy them.
    pub(super) logins: Arc<Vec<Login>>,
    pub(super) needs: BTreeMap<usize, Vec<LoginRequirement>>,
    /// Shared with the plans of the report.
    pub(super) presences: Arc<Vec<Presence>>,
    pub(super) left: Left,
    /// For each place, the presence number of each row.
    pub(super) columns: Vec<Vec<u32>>,
    /// The cells, by row and place, whose status the directory gave when it was asked.
    pub(super) asked: HashSet<(usize, usize)>,
}

/// A login with its status at every location.
#[derive(Clone, Copy)]
pub struct LoginRow<'a> {
    rows: &'a Rows,
    number: usize,
    login: &'a Login,
}

/// How a status that comes from a directory is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Proof {
    /// The listing of the directory proves it.
    Listed,
    /// The directory gave it when it was asked about this login.
    Asked,
}

impl Rows {
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = LoginRow<'_>> {
        self.logins.iter().enumerate().map(|(number, login)| self.with_login(number, login))
    }

    pub(super) fn of_login(&self, login: &Login) -> Option<LoginRow<'_>> {
        self.at(self.logins.binary_search(login).ok()?)
    }

    /// The rows of logins that a deployment needs.
    pub(super) fn needed(&self) -> impl Iterator<Item = LoginRow<'_>> {
        self.needs.keys().filter_map(|number| self.at(*number))
    }

    /// The rows that a plan of this breadth covers at a place.
    pub(super) fn numbers(
        &self,
        breadth: Breadth,
        place: &LocationId,
    ) -> impl Iterator<Item = usize> {
        let all = if breadth == Breadth::Everything { self.logins.len() } else { 0 };
        let needed = self.needs.iter().filter(move |(_, needs)| {
            breadth == Breadth::Needed && needs.iter().any(|need| need.at.include(place))
        });
        needed.map(|(number, _)| *number).chain(0..all)
    }

    fn at(&self, number: usize) -> Option<LoginRow<'_>> {
        self.logins.get(number).map(|login| self.with_login(number, login))
    }

    fn with_login<'a>(&'a self, number: usize, login: &'a Login) -> LoginRow<'a> {
        LoginRow { rows: self, number, login }
    }

    /// The number of the presence in a cell.
    pub(super) fn code(&self, row: usize, place: usize) -> Option<usize> {
        usize::try_from(*self.columns.get(place)?.get(row)?).ok()
    }
}

impl<'a> LoginRow<'a> {
    /// The login.
    #[must_use]
    pub fn login(&self) -> &'a Login {
        self.login
    }

    /// What the login is needed for.
    #[must_use]
    pub fn needs(&self) -> &'a [LoginRequirement] {
        self.rows.needs.get(&self.number).map(Vec::as_slice).unwrap_or_default()
    }

    /// Its status at each of [`ParityReport::places`](super::ParityReport::places).
    pub fn presences(&self) -> impl Iterator<Item = &'a Presence> + use<'a> {
        let (rows, number) = (self.rows, self.number);
        (0..rows.columns.len())
            .filter_map(move |place| rows.presences.get(rows.code(number, place)?))
    }

    /// How the status at a place is known, if it comes from a directory.
    #[must_use]
    pub fn proof(&self, place: usize) -> Option<Proof> {
        if self.rows.asked.contains(&(self.number, place)) {
            return Some(Proof::Asked);
        }
        is_of_directory(self.presence(place)?).then_some(Proof::Listed)
    }

    /// Its status at one of the places, by position.
    #[must_use]
    pub fn presence(&self, place: usize) -> Option<&'a Presence> {
        self.rows.presences.get(self.rows.code(self.number, place)?)
    }
}

impl PartialEq for LoginRow<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.login == other.login
            && self.needs() == other.needs()
            && self.presences().eq(other.presences())
    }
}

impl Eq for LoginRow<'_> {}

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        self.columns.len() == other.columns.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Rows {}

impl fmt::Debug for LoginRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRow")
            .field("login", &self.login)
            .field("needs", &self.needs())
            .field("presences", &self.presences().collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for LoginRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("LoginRow", 3)?;
        row.serialize_field("login", self.login)?;
        row.serialize_field("needs", self.needs())?;
        row.serialize_field("presences", &Presences(*self))?;
        row.end()
    }
}

struct Presences<'a>(LoginRow<'a>);

impl Serialize for Presences<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.presences())
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.logins.len()))?;
        for row in self.iter() {
            rows.serialize_element(&row)?;
        }
        rows.end()
    }
}
