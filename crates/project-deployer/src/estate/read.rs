//! From a text to an estate, with every mistake at once.

use serde::de::DeserializeOwned;

use project_deployer_core::ProblemCode;

use super::document::Estate;
use super::problem::{EstateProblem, EstateProblems};
use super::rules::{Entries, mistakes};
use super::shape::{
    DEPLOYMENT, ESTATE, FLEET, GROUP, INFRA, Object, PROJECT, STAGE, USER, WINDOW, problems_of,
};
use super::text::{self, EstateFormat, Kind, Located, Position};

impl Estate {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Every mistake of the text, with its field, and its line where the format reports it.
    pub fn parse(text: &str, format: EstateFormat) -> Result<Self, EstateProblems> {
        let root = text::read(text, format)?;
        let mut problems = problems_of(&root, &ESTATE, "");
        let entries = Entries {
            groups: entries(&root, "groups", &GROUP, &mut problems),
            users: entries(&root, "users", &USER, &mut problems),
            fleets: entries(&root, "fleets", &FLEET, &mut problems),
            stages: entries(&root, "stages", &STAGE, &mut problems),
            infras: entries(&root, "infrastructures", &INFRA, &mut problems),
            windows: entries(&root, "windows", &WINDOW, &mut problems),
            projects: entries(&root, "projects", &PROJECT, &mut problems),
            deployments: entries(&root, "deployments", &DEPLOYMENT, &mut problems),
        };
        problems.extend(mistakes(&entries).into_iter().map(|problem| {
            let at = root.position_of(&problem.path);
            problem.at(at)
        }));
        let estate = Self {
            version: Self::VERSION,
            groups: entries.groups.map(only_entries),
            users: entries.users.map(only_entries),
            fleets: entries.fleets.map(only_entries),
            stages: entries.stages.map(only_entries),
            infrastructures: entries.infras.map(only_entries),
            windows: entries.windows.map(only_entries),
            projects: entries.projects.map(only_entries),
            deployments: entries.deployments.map(only_entries),
        };
        EstateProblems::or_value(problems, estate)
    }

    /// Checks the rules over several fields, for an estate that a program has built. [`Self::parse`] checks them too.
    ///
    /// # Errors
    ///
    /// Every rule that is broken.
    pub fn check(&self) -> Result<(), EstateProblems> {
        EstateProblems::or_value(mistakes(&Entries::of(self)), ())
    }
}

fn only_entries<T>(entries: Vec<(usize, T)>) -> Vec<T> {
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The entries of a section that have the right shape, with their positions: rules are checked on them, so that a
/// mistake of another entry hides none of theirs.
fn entries<T: DeserializeOwned>(
    root: &Located,
    section: &str,
    object: &Object,
    problems: &mut Vec<EstateProblem>,
) -> Option<Vec<(usize, T)>> {
    let Kind::List(items) = &root.field(section)?.kind else { return None };
    let mut read = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let path = format!("{section}[{index}]");
        if !problems_of(item, object, &path).is_empty() {
            continue;
        }
        match serde_json::from_value(item.to_value()) {
            Ok(entry) => read.push((index, entry)),
            Err(_) => {
                // The shape and the type disagree.
                let problem = EstateProblem::new(
                    path,
                    ProblemCode::Invalid,
                    "this entry cannot be read",
                    "write it as docs/estate.md has it",
                );
                problems.push(problem.at(item.at));
            }
        }
    }
    // One without a usable entry is not an empty one.
    (items.is_empty() || !read.is_empty()).then_some(read)
}

impl Located {
    fn field(&self, name: &str) -> Option<&Self> {
        let Kind::Fields(fields) = &self.kind else { return None };
        fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The place of a field by its path; the nearest one that encloses it, if it is absent.
    fn position_of(&self, path: &str) -> Option<Position> {
        let mut here = self;
        let mut at = self.at;
        for part in path.split(['.', '[']) {
            let next = match (&here.kind, part.strip_suffix(']')) {
                (Kind::List(items), Some(index)) => {
                    index.parse().ok().and_then(|index: usize| items.get(index))
                }
                _ => here.field(part),
            };
            let Some(found) = next else { break };
            here = found;
            at = found.at.or(at);
        }
        at
    }
}
