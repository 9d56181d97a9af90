use std::collections::BTreeMap;

use project_deployer_core::remapping::{NameRemapping, Remapping};

use super::edit::{Edit, Place};
use crate::estate::document::RemappingEntry;

/// Sets the remappings that an entry mentions.
pub(super) fn edit<T: Clone>(
    edit: &mut Edit<'_, T>,
    wanted: Option<&RemappingEntry>,
    (read, place): Place<T, Remapping>,
) {
    let Some(wanted) = wanted else { return };
    let kinds: [(&str, &Option<BTreeMap<_, _>>, Rules); 3] = [
        ("connections", &wanted.connections, (|it| &it.connections, |it| &mut it.connections)),
        ("codeEnvs", &wanted.code_envs, (|it| &it.code_envs, |it| &mut it.code_envs)),
        (
            "containerExecs",
            &wanted.container_execs,
            (|it| &it.container_execs, |it| &mut it.container_execs),
        ),
    ];
    for (name, wanted, (rules, rules_mut)) in kinds {
        let Some(wanted) = wanted else { continue };
        let is = rules(read(&edit.document));
        if is_same(is, wanted) {
            continue;
        }
        let is = is.clone();
        note(edit, name, &is, wanted);
        *rules_mut(place(edit.document.to_mut())) = replaced(&is, wanted);
    }
}

/// How one list of remappings is read and written.
type Rules = Place<Remapping, Vec<NameRemapping>>;

fn is_same(is: &[NameRemapping], wanted: &BTreeMap<String, String>) -> bool {
    is.len() == wanted.len()
        && is.iter().all(|rule| wanted.get(&rule.source).is_some_and(|it| *it == rule.target))
}

fn note<T: Clone>(
    edit: &mut Edit<'_, T>,
    name: &str,
    is: &[NameRemapping],
    wanted: &BTreeMap<String, String>,
) {
    let now: BTreeMap<&str, &str> =
        is.iter().map(|rule| (rule.source.as_str(), rule.target.as_str())).collect();
    for (source, target) in wanted {
        let before = now.get(source.as_str()).copied();
        if before != Some(target.as_str()) {
            let field = format!("remapping.{name}.{source}");
            edit.differs(field, before.map(str::to_owned), Some(target.clone()));
        }
    }
    for (source, target) in now {
        if !wanted.contains_key(source) {
            edit.differs(format!("remapping.{name}.{source}"), Some(target.to_owned()), None);
        }
    }
}

/// The wanted rules, those that are there already in their order.
fn replaced(is: &[NameRemapping], wanted: &BTreeMap<String, String>) -> Vec<NameRemapping> {
    let mut left = wanted.clone();
    let mut rules = Vec::with_capacity(wanted.len());
    for rule in is {
        if let Some(target) = left.remove(&rule.source) {
            rules.push(NameRemapping::new(rule.source.clone(), target));
        }
    }
    rules.extend(left.into_iter().map(|(source, target)| NameRemapping::new(source, target)));
    rules
}
