//! Names in what new infrastructures of a fleet begin with. The product may have fields that we do not know, so an unknown
//! name is kept, unless it looks like one that was meant.

use project_deployer_core::Problems;
use project_deployer_core::problem::ProblemCode;
use serde_json::{Map, Value};

use super::settings::NOT_IN_TEMPLATE;
use crate::estate::is_similar;

/// The fields of an infrastructure that a template may have.
const IN_TEMPLATE: [&str; 9] = [
    "stage",
    "governCheckPolicy",
    "permissions",
    "remapping",
    "permissionsPropagationPolicy",
    "deployAsUser",
    "scenariosRunAsUser",
    "webappsRunAsUser",
    "mergeAuthorizedObjects",
];

/// The name of the rights in a file of the estate, where the product has another one.
const RIGHTS: (&str, &str) = ("rights", "permissions");

/// The unknown names that were meant as known ones, apart from those that the fleet has already: an earlier version took
/// them, and a fleet that has one is edited all the same.
pub(super) fn misspelt(template: &Map<String, Value>, current: &Map<String, Value>) -> Problems {
    let mut problems = Problems::none();
    let known = |name: &str| IN_TEMPLATE.contains(&name) || NOT_IN_TEMPLATE.contains(&name);
    for name in template.keys().filter(|name| !known(name) && !current.contains_key(*name)) {
        let meant = match name == RIGHTS.0 {
            true => Some(RIGHTS.1),
            false => IN_TEMPLATE.into_iter().find(|known| is_similar(known, name)),
        };
        if let Some(meant) = meant {
            let (what, hint) = ("this field is unknown", format!("did you mean `{meant}`?"));
            let path = format!("newInfras.{name}");
            problems.note(path, ProblemCode::UnknownValue, what, hint);
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
    use project_deployer_core::{InfraId, StageId};

    use super::*;

    #[test]
    fn every_field_of_an_infrastructure_is_in_the_template_or_refused_there() {
        let mut all =
            InfraSettings::new(InfraId::parse("x").unwrap(), StageId::parse("Test").unwrap());
        let user = Some("robot".parse().unwrap());
        (all.deploy_as_user, all.scenarios_run_as_user) = (user.clone(), user.clone());
        (all.webapps_run_as_user, all.merge_authorized_objects) = (user, true);
        let several = all.clone().with_target(Target::MultiNode(vec![NodeEntry::default()]));
        for document in [all.to_document(), several.to_document()] {
            for name in document.as_object().unwrap().keys() {
                let known = [&IN_TEMPLATE[..], &NOT_IN_TEMPLATE].concat();
                assert!(known.contains(&name.as_str()), "{name}");
            }
        }
    }
}
