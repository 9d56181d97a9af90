use serde_json::{Value, json};

use super::*;
use crate::document::Document as _;
use crate::problem::{ProblemCode, Problems};

fn paths(problems: &Problems) -> Vec<&str> {
    problems.iter().map(|problem| problem.path.as_str()).collect()
}

#[test]
fn null_means_absent_in_every_field_of_an_account() {
    // wire-facts 0.2
    let user = json!({"login": "mina", "displayName": null, "email": null, "groups": null,
        "sourceType": null, "userProfile": null, "enabled": null});
    let read: User = serde_json::from_value(user).unwrap();
    assert_eq!(read, serde_json::from_value(json!({"login": "mina"})).unwrap());
    assert!(read.enabled);
    let group = json!({"name": "ops", "description": null, "sourceType": null, "admin": null,
        "ldapGroupNames": null, "mayCreateProjects": null, "mayCreatePublishedProjects": null,
        "mayWriteInRootProjectFolder": null});
    let read: Group = serde_json::from_value(group).unwrap();
    assert_eq!(read, Group::new("ops".parse().unwrap()));
}

#[test]
fn every_problem_of_an_account_has_its_path_and_no_value() {
    // R13: any text of the document may be a secret in the wrong field.
    let user = br#"{"login": 4711, "groups": [["canary"], 4711], "enabled": "canary"}"#;
    let problems = User::from_json(user).unwrap_err();
    assert_eq!(paths(&problems), ["login", "groups[0]", "groups[1]", "enabled"]);
    let group = br#"{"name": {"canary": 4711}, "admin": "canary", "ldapGroupNames": 4711}"#;
    let group = Group::from_json(group).unwrap_err();
    assert_eq!(paths(&group), ["name", "admin", "ldapGroupNames"]);
    for text in [problems.to_string(), group.to_string()] {
        assert!(!text.contains("canary") && !text.contains("4711"), "{text}");
    }
    let by_serde = serde_json::from_value::<User>(json!({"login": "mina", "enabled": "canary"}));
    let text = by_serde.unwrap_err().to_string();
    assert!(text.contains("`enabled`") && !text.contains("canary"), "{text}");
}

#[test]
fn one_odd_user_does_not_hide_the_others() {
    let list = json!([{"login": "mina"}, {"login": "ghost", "groups": [7, "a/b"]}, "canary",
        {"displayName": "no login"}, {"login": "otto", "enabled": false}]);
    let (users, unreadable) = read_users(list).unwrap();
    let logins: Vec<&str> = users.iter().map(|user| user.login.as_str()).collect();
    assert_eq!(logins, ["mina", "otto"]);
    let found: Vec<_> = unreadable
        .iter()
        .map(|entry| (entry.position, entry.name.as_deref(), paths(&entry.problems)))
        .collect();
    assert_eq!(
        found,
        [
            (1, Some("ghost"), vec!["[1].groups[0]", "[1].groups[1]"]),
            (2, None, vec!["[2]"]),
            (3, None, vec!["[3].login"]),
        ]
    );
    let shown = unreadable.iter().map(ToString::to_string).collect::<String>();
    assert!(shown.starts_with("`ghost`: 2 problems") && !shown.contains("canary"), "{shown}");
}

#[test]
fn one_odd_group_does_not_hide_the_others() {
    let list = json!([{"name": "ops", "ldapGroupNames": "a, b"}, {"name": ""}, {"name": "dev"}]);
    let (groups, unreadable) = read_groups(list).unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["ops", "dev"]);
    assert!(unreadable[0].problems.has("[1].name", ProblemCode::Missing), "{}", unreadable[0]);
}

#[test]
fn what_is_no_list_of_accounts_is_refused_as_a_whole() {
    for document in [json!({"users": []}), Value::Null, json!("canary")] {
        let problems = read_users(document.clone()).unwrap_err();
        assert!(problems.has("", ProblemCode::WrongType), "{problems}");
        assert!(problems.to_string().contains("write a list of users"), "{problems}");
        assert!(read_groups(document).is_err());
    }
}
