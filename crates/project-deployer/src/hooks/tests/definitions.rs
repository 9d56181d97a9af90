use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{HookPhase, InfraSettings};
use serde_json::{Value, json};

use crate::hooks::definition::{PlannedHooks, mistakes};
use crate::hooks::{HookKind, HookOutcome, HookResult};

fn settings(hooks: &Value) -> InfraSettings {
    let document = json!({"id": "prod", "stage": "Production", "hooks": hooks});
    InfraSettings::from_document(document).unwrap()
}

fn problem(hook: &Value) -> String {
    PlannedHooks::read(&settings(&json!({"pre": [hook]})).hooks).unwrap_err().join("; ")
}

#[test]
fn every_kind_is_read_with_its_fields() {
    // H1
    let hooks = settings(&json!({
        "pre": [{"name": "freeze", "type": "http", "url": "https://h.example/freeze", "secret": "s",
            "timeoutSeconds": 5}],
        "post": [{"name": "note", "type": "process", "program": "note.sh", "arguments": ["a b"],
            "variables": ["TOKEN"]}],
        "onFailure": [{"name": "page", "type": "in-process", "hook": "pager"}],
    }));
    let planned = PlannedHooks::read(&hooks.hooks).unwrap();
    assert_eq!(planned.pre[0].timeout_seconds, 5);
    assert!(matches!(planned.pre[0].kind, HookKind::Http { .. }));
    assert!(matches!(&planned.post[0].kind,
        HookKind::Process { arguments, .. } if arguments == &["a b".to_owned()]));
    assert!(matches!(&planned.of(HookPhase::OnFailure)[0].kind,
        HookKind::InProcess { hook } if hook == "pager"));
    let stored = serde_json::to_value(&planned).unwrap();
    assert_eq!(serde_json::from_value::<PlannedHooks>(stored).unwrap(), planned);
    assert_eq!(mistakes(&hooks), Vec::<String>::new());
}

#[test]
fn a_hook_that_cannot_run_says_why_and_repeats_no_value() {
    // R-H4, R13
    for (hook, expected) in [
        (json!({"name": "x", "code": "canary-4711"}), "Python code"),
        (json!({"name": "x", "type": "shell", "run": "canary-4711"}), "`type` is unknown"),
        (json!({"name": "x", "type": 3}), "`type` is unknown"),
        (json!({"name": "x", "type": "http"}), "missing field `url`"),
        (json!({"name": "x", "type": "http", "url": ["canary-4711"]}), "`url` has a wrong type"),
        (
            json!({"name": "x", "type": "process", "program": "a", "shell": "canary-4711"}),
            "unknown field `shell`",
        ),
        (json!({"name": "x", "type": "process", "program": "../canary-4711"}), "no file name"),
        (
            json!({"name": "x", "type": "process", "program": "a", "timeoutSeconds": 0}),
            "out of range",
        ),
        (json!({"name": " ", "type": "in-process", "hook": "a"}), "no name"),
    ] {
        let problem = problem(&hook);
        assert!(problem.contains(expected) && !problem.contains("canary-4711"), "{problem}");
    }
}

#[test]
fn names_are_unique_in_a_phase_and_http_hooks_have_a_secret() {
    let hook = json!({"name": "x", "type": "http", "url": "https://h.example"});
    let found = mistakes(&settings(&json!({"pre": [hook, hook], "post": [hook]})));
    assert_eq!(found.iter().filter(|it| it.contains("same name")).count(), 1, "{found:?}");
    assert_eq!(found.iter().filter(|it| it.contains("no `secret`")).count(), 3, "{found:?}");
}

#[test]
fn a_hook_of_the_product_is_kept_and_stops_updates() {
    let hooks = settings(&json!({"pre": [{"name": "x", "code": "pass"}]}));
    assert_eq!(mistakes(&hooks), Vec::<String>::new());
    let problems = PlannedHooks::read(&hooks.hooks).unwrap_err();
    assert!(problems[0].contains("`http`, `process` and `in-process`"), "{problems:?}");
}

#[test]
fn results_have_the_shape_of_the_product() {
    // R-H5
    assert_eq!(HookOutcome::read(b" \n"), Some(HookOutcome::success("")));
    let warning = HookOutcome::read(br#"{"status": "WARNING", "message": "late\nWARN x"}"#);
    let warning = warning.unwrap();
    assert_eq!((warning.status, warning.message.as_str()), (HookResult::Warning, "late WARN x"));
    for garbage in ["<html>", "[]", r#"{"status": "FINE"}"#, "{", "null"] {
        assert_eq!(HookOutcome::read(garbage.as_bytes()), None, "{garbage}");
    }
    let long = HookOutcome::error("x".repeat(100_000)).message;
    assert_eq!(long.chars().count(), 2001);
}
