use std::collections::BTreeSet;

use project_deployer_testkit::ClosedPort;
use serde_json::{Value, json};

use crate::command::run_with;
use crate::installation::{DirectoryAccess, Installation, LOCKED, LOGINS, ldif};

async fn installation() -> Installation {
    let url = "ldap://directory.example.test/dc=example,dc=test";
    let installation = Installation::start(&DirectoryAccess {
        url: url.to_owned(),
        inventory: json!([{"url": url, "ldif": "directory.ldif"}]),
        settings: json!({
            "allUsersFilter": "(objectClass=posixAccount)",
            "allGroupsFilter": "(objectClass=posixGroup)",
        }),
    })
    .await;
    std::fs::write(installation.folder.path().join("directory.ldif"), ldif()).unwrap();
    installation
}

fn status<'a>(report: &'a Value, login: &str, location: &str) -> &'a str {
    let rows = report["logins"].as_array().unwrap();
    let row = rows.iter().find(|row| row["login"] == login).unwrap();
    let cells = row["at"].as_array().unwrap();
    cells.iter().find(|cell| cell["location"] == location).unwrap()["status"].as_str().unwrap()
}

#[tokio::test]
async fn parity_tells_every_status_and_remedies_leave_nothing_mendable() {
    // R10, R11
    remedies_leave_nothing_to_fix(&installation().await).await;
}

#[tokio::test]
async fn a_verification_against_an_export_is_a_finding_that_says_why() {
    let installation = installation().await;
    let (code, text, _) = installation.run("parity", &["--verify=5", "--output", "json"]).await;
    let report: Value = serde_json::from_str(&text).unwrap();
    let verified = &report["verification"];
    assert_eq!((code, &verified["outcome"]), (1, &json!("nothing-compared")));
    assert_eq!((&verified["compared"], &verified["unanswered"]), (&json!({}), &json!(5)));
    assert_eq!(verified["reasons"][0]["count"], 5);
    let notes = report["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["location"] == "directories").unwrap();
    assert_eq!(note["isFinding"], true);
    let (_, table, _) = installation.run("parity", &["--verify=5"]).await;
    assert!(
        table.contains("nothing was verified: all 5 statuses could not be compared"),
        "{table}"
    );
    assert!(table.contains("is an export, which cannot be asked"), "{table}");
    let (code, _, error) = installation.run("parity", &["--verify=0"]).await;
    assert!(code == 2 && error.contains("--verify"), "{error}");
}

/// Every status is reported, and each action is carried out once.
pub(crate) async fn remedies_leave_nothing_to_fix(installation: &Installation) {
    let report = installation.report().await;
    for (login, location, expected) in [
        ("ann", "on-demand", "present"),
        ("bob", "on-demand", "disabled"),
        ("cid", "on-demand", "other-source"),
        ("dora", "on-demand", "near-match"),
        ("eve", "on-demand", "only-by-login"),
        ("fay", "on-demand", "importable-on-demand"),
        ("fay", "first-login", "importable-at-first-login"),
        ("fay", "closed", "import-switched-off"),
        ("gus", "on-demand", "not-authorized"),
        ("hal", "on-demand", "ambiguous"),
        ("ida", "on-demand", "not-in-directory"),
        (LOCKED, "on-demand", "blocked-in-directory"),
        (LOCKED, "first-login", "blocked-in-directory"),
        ("ann", "silent", "unknown"),
    ] {
        assert_eq!(status(&report, login, location), expected, "{login} at {location}");
    }
    let logins: BTreeSet<&str> = report["logins"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["login"].as_str())
        .collect();
    assert_eq!(logins, BTreeSet::from(LOGINS));

    let (code, plan, _) = installation.run("remedies", &["--output", "json"]).await;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!((code, &plan["applied"]), (1, &json!(false)));
    assert_eq!(status(&installation.report().await, "bob", "on-demand"), "disabled", "a dry run");

    let apply = ["--apply", "--provision", "ldap", "--output", "json"];
    let (code, done, errors) = installation.run("remedies", &apply).await;
    assert_eq!(code, 1, "manual steps are left: {done}{errors}");
    let after = installation.report().await;
    assert_eq!(status(&after, "bob", "on-demand"), "present");
    assert_eq!(status(&after, "fay", "on-demand"), "present");
    assert_eq!(status(&after, LOCKED, "on-demand"), "blocked-in-directory");
    assert!(done.contains("`pwdAccountLockedTime`"), "{done}");
    let fixable = after["logins"].as_array().unwrap().iter().flat_map(|row| {
        row["at"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|cell| cell["actor"] == "system" && cell["status"] != "unknown")
    });
    assert_eq!(fixable.collect::<Vec<_>>(), Vec::<&Value>::new());

    let (_, again, _) = installation.run("remedies", &apply).await;
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!((&again["calls"], &again["applied"]), (&json!([]), &json!(false)), "R11");
}

#[tokio::test]
async fn nobody_is_created_without_an_opt_in() {
    // D11
    let installation = installation().await;
    let (_, done, _) = installation.run("remedies", &["--apply", "--output", "json"]).await;
    let done: Value = serde_json::from_str(&done).unwrap();
    assert!(done["skipped"].to_string().contains("only with `--provision ldap`"), "{done}");
    let after = installation.report().await;
    assert_eq!(status(&after, "bob", "on-demand"), "present", "an account that was there");
    assert_eq!(status(&after, "fay", "on-demand"), "importable-on-demand");
}

#[tokio::test]
async fn every_output_tells_the_same_findings() {
    let installation = installation().await;
    let report = installation.report().await;
    let (code, yaml, _) = installation.run("parity", &["--output", "yaml"]).await;
    let yaml: Value = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!((code, &yaml["logins"]), (1, &report["logins"]));
    let (_, sheet, _) = installation.run("parity", &["--output", "csv"]).await;
    let cells = LOGINS.len() * 5;
    assert_eq!(sheet.lines().filter(|line| line.starts_with("login,")).count(), cells, "{sheet}");
    assert!(sheet.starts_with("kind,name,location,status,needed,text,remedy,actor\r\n"), "{sheet}");
    assert!(sheet.contains(",system\r\n") && sheet.contains(",person\r\n"), "{sheet}");
    let (_, table, _) = installation.run("parity", &[]).await;
    for expected in [
        "import switched off",
        "what to do:",
        "[automatic] `bob` on `on-demand`: enable",
        "[manual] `gus` (needed on the Deployer, `closed`, `first-login`, `on-demand`): add the person",
    ] {
        assert!(table.contains(expected), "{expected}: {table}");
    }
    let (_, page, _) = installation.run("parity", &["--output", "html"]).await;
    assert_eq!(page.matches("<tr data-login=").count(), LOGINS.len());
    for foreign in ["src=", "@import", "url("] {
        assert!(!page.contains(foreign), "the page loads {foreign}");
    }
}

#[tokio::test]
async fn check_tells_what_stands_in_the_way() {
    let installation = installation().await;
    let (code, output, errors) = installation.run("check", &["--output", "json"]).await;
    assert_eq!((code, errors.as_str()), (1, ""), "{output}");
    let findings: Value = serde_json::from_str(&output).unwrap();
    let is_reported = |infra: &str, check: &str| {
        let findings = findings["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["infra"] == infra && finding["check"] == check)
    };
    assert!(is_reported("on-demand", "login-parity"), "{output}");
    assert!(is_reported("silent", "address"), "{output}");
    let (_, table, _) = installation.run("check", &[]).await;
    let lines: Vec<&str> = table.lines().collect();
    let (verdict, findings) = lines.split_last().unwrap();
    assert!(verdict.starts_with("Not ready: "), "{table}");
    assert!(findings.chunks(2).all(|pair| pair[1].starts_with("  fix: ")), "{table}");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_usage_error_with_its_mend() {
    for (arguments, environment, expected) in [
        (&["parity"][..], &[][..], "--deployer-url"),
        (&["parity", "--deployer-url", "https://deployer.example"], &[], "DKU_API_KEY"),
        (&["parity", "--inventory", "no-such-file.yaml"], &[], "no-such-file.yaml"),
        (&["check", "--inventory", "x.txt"], &[], ".yaml"),
        (&["parity", "--instance", "prod"], &[], "`prod`"),
        (&["remedies", "--provision", "pam"], &[], "pam"),
        (&["parity", "--api-key-file", "no.key"], &[], "--deployer-url"),
    ] {
        let (code, output, errors) = run_with(arguments, environment, "").await;
        assert_eq!((code, output.as_str()), (2, ""), "{errors}");
        assert!(errors.contains(expected), "{expected}: {errors}");
    }
}

#[tokio::test]
async fn a_deployer_that_is_away_is_transient() {
    let nobody = ClosedPort::hold();
    let url = nobody.url();
    let environment = [("DKU_DSS_URL", url.as_str()), ("DKU_API_KEY", "CANARY-4711")];
    let (code, _, errors) = run_with(&["parity"], &environment, "").await;
    assert_eq!(code, 4, "{errors}");
    assert!(
        errors.contains("check that the node runs") && !errors.contains("CANARY-4711"),
        "{errors}"
    );
}

#[tokio::test]
async fn secrets_come_by_standard_input() {
    // R13: neither arguments nor files hold them.
    let installation = installation().await;
    installation.write(
        "stdin.json",
        &json!({"infrastructures": [{
            "id": "on-demand", "stage": "Prod", "automationNodeUrl": installation.on_demand.url,
            "adminApiKey": {"stdin": "node"}, "deployAsUser": "ann",
        }]}),
    );
    let path = installation.folder.path().join("stdin.json").display().to_string();
    let input = format!("node={}\n", installation.on_demand.key);
    let arguments = ["parity", "--inventory", &path, "--secrets", "-"];
    let (code, output, errors) = run_with(&arguments, &[], &input).await;
    assert_eq!(code, 0, "{output}{errors}");
    assert!(output.contains("nothing to do"), "{output}");
}

#[tokio::test]
async fn a_key_that_fits_no_node_is_told() {
    let installation = installation().await;
    installation.change(|inventory| {
        inventory["nodeKeys"] = json!([{"infra": "slient", "adminApiKey": {"env": "KEY_closed"}}]);
    });
    let (code, output, errors) = installation.run("parity", &[]).await;
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(errors.contains("`slient`") && errors.contains("fits no node"), "{errors}");
    installation.change(|inventory| inventory["nodeKeys"][0]["infra"] = json!("silent"));
    let report = installation.report().await;
    assert_eq!(status(&report, "ann", "silent"), "present", "the same node, with its key");
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_a_finding_even_where_no_login_is_needed() {
    // D7
    let installation = installation().await;
    installation.change(|inventory| inventory["requesters"] = json!([]));
    let (code, output, _) = installation.run("parity", &[]).await;
    assert_eq!(code, 1, "{output}");
    let (code, output, _) = installation.run("remedies", &[]).await;
    assert!(code == 1 && output.contains("\nunknown:\n"), "{code}: {output}");
}

#[tokio::test]
async fn a_directory_of_the_inventory_that_no_settings_name_is_told() {
    let installation = installation().await;
    installation.change(|inventory| {
        inventory["directories"][0]["url"] =
            json!("ldap://directory.example.test/dc=example,dc=tst");
    });
    let report = installation.report().await;
    let notes = report["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["location"] == "inventory").unwrap();
    assert!(note["text"].as_str().unwrap().contains("dc=tst"), "{note}");
}

#[tokio::test]
async fn a_location_counts_the_logins_that_are_needed_there() {
    let installation = installation().await;
    // Requesters are not needed where a deploy-as user acts (R-S7).
    installation.change(|inventory| inventory["infrastructures"][2]["deployAsUser"] = json!("ann"));
    let report = installation.report().await;
    let closed = &report["locations"][3]["counts"];
    assert_eq!(closed, &json!({"present": 1}), "ann alone: {closed}");
    for (index, location) in report["locations"].as_array().unwrap().iter().enumerate() {
        let counted: u64 =
            location["counts"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        let logins = report["logins"].as_array().unwrap().iter();
        let needed = logins.filter(|login| login["at"][index]["needed"] == true).count();
        assert_eq!(counted, needed as u64, "{location}");
    }
}
