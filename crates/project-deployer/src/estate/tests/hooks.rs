//! Hooks of a file: their secrets stay where the file does not name them, and their mistakes are those of the file.

use super::carried_out::carried_out;
use super::plans::{blockers, having, plan, shown};
use super::{secrets_of, yaml};
use crate::estate::document::Estate;
use crate::estate::export::ExportOptions;
use crate::estate::observed::ObservedEstate;
use crate::estate::plan::PlanOptions;
use crate::estate::text::EstateFormat;

const HOOKS: &str = "\
version: 1
infrastructures:
  - id: prod
    stage: Production
    hooks:
      pre: [{name: freeze, type: http, url: 'https://h.example', secret: {env: HOOK_KEY}}]
      onFailure: [{name: page, type: process, program: page}]
";

fn usual() -> PlanOptions {
    PlanOptions::default()
}

#[test]
fn a_hook_is_planned_with_its_secret_and_planned_once() {
    // J6, R13
    let (estate, observed) =
        (yaml(HOOKS), having("{version: 1, infrastructures: [{id: prod, stage: Production}]}"));
    let first = plan(&estate, &observed, &usual());
    let expected = "change infrastructure prod: hooks.pre: - -> freeze, hooks.onFailure: - -> page";
    assert_eq!(shown(&first), [expected]);
    assert!(!format!("{first:?}").contains("canary-4711"));
    let settings = first.infra_after(&super::parsed("prod")).unwrap();
    assert!(settings.hooks.pre[0].secret.is_some());
    let after = carried_out(&observed, &first, &secrets_of(&estate));
    let second = plan(&estate, &after, &usual());
    assert_eq!(shown(&second), Vec::<String>::new());
    let exported = after.export(&ExportOptions::default().with_hooks(true));
    assert!(
        exported.left_out.contains(&"infrastructure `prod`: the secrets of its hooks".to_owned())
    );
    let again = plan(&exported.estate, &after, &usual());
    assert_eq!(shown(&again), Vec::<String>::new(), "a secret that is not named stays");
    let renewed = yaml(&HOOKS.replace("HOOK_KEY", "NEW_KEY"));
    let renewed = plan(&renewed, &after, &usual());
    let expected =
        "change infrastructure prod: hooks.pre: freeze -> freeze (changed: freeze.secret)";
    assert_eq!(shown(&renewed), [expected]);
}

/// Without the secret of the hook, as an engine shows it unless a plan needs it.
fn unread(mut observed: ObservedEstate) -> ObservedEstate {
    for seen in observed.infras.values_mut() {
        seen.has_keys = false;
        if let Some(settings) = &mut seen.settings {
            settings.value.hooks.pre.iter_mut().for_each(|hook| hook.secret = None);
        }
    }
    observed
}

#[test]
fn a_secret_that_was_not_read_is_not_missing() {
    // J6: what the file does not mention is left alone.
    let observed = unread(having(HOOKS));
    let with = |fields: &str| {
        let text = format!("{{version: 1, infrastructures: [{{id: prod, {fields}}}]}}");
        plan(&yaml(&text), &observed, &usual())
    };
    let other = "hooks: {pre: [{name: other, type: http, url: 'https://h.example'}]}";
    for fields in [
        "deployAsUser: robot",
        "hooks: {pre: [{name: freeze, type: http, url: 'https://other.example'}]}",
    ] {
        let changed = with(fields);
        assert_eq!((changed.changes().len(), blockers(&changed)), (1, Vec::new()), "{fields}");
        let names_fields = shown(&changed)[0].contains("(changed: freeze.url)");
        assert_eq!(names_fields, fields.starts_with("hooks"), "{:?}", shown(&changed));
        assert!(!shown(&changed)[0].contains("other.example"), "a URL may hold a secret");
    }
    assert!(blockers(&with(other))[0].contains("has no `secret`"), "it is a new one");
}

#[test]
fn another_secret_is_a_change_also_where_a_node_has_no_key() {
    // J6: what is not known of the nodes hides nothing of the hooks.
    let mut observed = having(HOOKS);
    observed.infras.values_mut().for_each(|seen| seen.has_keys = false);
    assert_eq!(shown(&plan(&yaml(HOOKS), &observed, &usual())), [""; 0]);
    let renewed = plan(&yaml(&HOOKS.replace("HOOK_KEY", "NEW_KEY")), &observed, &usual());
    let expected =
        "change infrastructure prod: hooks.pre: freeze -> freeze (changed: freeze.secret)";
    assert_eq!(shown(&renewed), [expected]);
    let settings = renewed.infra_after(&super::parsed("prod")).unwrap();
    let known = observed.infras.values().next().unwrap().settings.as_ref().unwrap();
    assert_ne!(settings.hooks.pre[0].secret, known.value.hooks.pre[0].secret);
}

#[test]
fn mistakes_of_hooks_are_mistakes_of_the_file_with_their_lines() {
    let text = "\
version: 1
infrastructures:
  - id: prod
    hooks:
      pre:
        - {name: a, type: magic}
        - {name: b, type: http, timeoutSeconds: 5}
        - {name: c, type: process, program: page}
        - {name: c, type: process, program: page}
        - {name: d, type: process, program: a/b}
        - {name: e, code: 'print(1)'}
  - {id: qa, stages: Test}
";
    let problems = Estate::parse(text, EstateFormat::Yaml).unwrap_err();
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let expected = [
        (6, "[0]", "its `type` is unknown"),
        (7, "[1]", "missing field `url`"),
        (9, "[3]", "another hook of this phase has the same name; rename one"),
        (10, "[4]", "`program` is no file name"),
    ];
    for (line, place, what) in expected {
        let place = format!("line {line}: `infrastructures[0].hooks.pre{place}`: {what}");
        assert!(shown.iter().any(|it| it.starts_with(&place)), "{place} in {shown:?}");
    }
    assert_eq!(shown.len(), 5, "with the one of the other entry: {shown:?}");
}
