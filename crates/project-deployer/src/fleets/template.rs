//! Names in what new infrastructures of a fleet begin with. The product may have fields that we do not know, so an unknown
//! name is kept, unless it looks like one that was meant.

use project_deployer_core::infra::InfraSettings;
use project_deployer_core::problem::ProblemCode;
use project_deployer_core::{Problems, UnknownFields};

use crate::estate::is_similar;

/// The name of the rights in a file of the estate, where the product has another one.
const RIGHTS: (&str, &str) = ("rights", "permissions");

/// The unknown names that were meant as known ones.
pub(super) fn misspelt(new: &InfraSettings) -> Problems {
    let mut known = new.clone();
    known.extra = UnknownFields::default();
    let known = known.to_document();
    let known: Vec<&str> =
        known.as_object().into_iter().flatten().map(|(name, _)| &**name).collect();
    let mut problems = Problems::none();
    for name in new.extra.names() {
        let meant = match name == RIGHTS.0 {
            true => Some(RIGHTS.1),
            false => known.iter().copied().find(|known| is_similar(known, name)),
        };
        if let Some(meant) = meant {
            let (what, hint) = ("this field is unknown", format!("did you mean `{meant}`?"));
            problems.note(name, ProblemCode::UnknownValue, what, hint);
        }
    }
    problems
}
