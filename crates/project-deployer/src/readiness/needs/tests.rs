//! The needs of several deployments together.

use project_deployer_core::bundle::RequiredCodeEnv;
use project_deployer_core::deployment::DeploymentCreation;

use super::*;

fn infra() -> InfraSettings {
    InfraSettings::new("prod".parse().unwrap(), "Production".parse().unwrap())
}

/// With a deployment for each of these modes, of bundles that use these environments.
fn needs(modes: &[ImportTimeMode], envs: &[(&str, &str)]) -> Needs {
    let code_envs = envs
        .iter()
        .map(|(name, language)| RequiredCodeEnv::new((*name).to_owned(), (*language).to_owned()));
    let bundle = BundleContents::empty("CHURN".parse().unwrap(), "v1".parse().unwrap())
        .with_code_envs(code_envs.collect());
    modes.iter().enumerate().fold(Needs::of_infra(&infra()), |needs, (number, mode)| {
        let id = format!("churn-{number}").parse().unwrap();
        let key = "CHURN".parse().unwrap();
        let creation = DeploymentCreation::new(id, key, infra().id, "v1".parse().unwrap());
        let mut deployment = DeploymentSettings::for_new(&creation, &infra());
        deployment.bundle_container_settings.code_envs_behavior.import_time_mode = *mode;
        needs.with_deployment(&infra(), &deployment, &bundle, [])
    })
}

#[test]
fn of_several_deployments_the_strictest_counts_in_whatever_order() {
    // R-A3
    use ImportTimeMode::{DoNothing, FailIfMiss, InstallIfMiss};
    let cases: [(&[ImportTimeMode], ImportTimeMode); 6] = [
        (&[InstallIfMiss, DoNothing], DoNothing),
        (&[DoNothing, InstallIfMiss], DoNothing),
        (&[FailIfMiss, DoNothing, InstallIfMiss], FailIfMiss),
        (&[InstallIfMiss, FailIfMiss, DoNothing], FailIfMiss),
        (&[DoNothing, InstallIfMiss, FailIfMiss], FailIfMiss),
        (&[InstallIfMiss, InstallIfMiss], InstallIfMiss),
    ];
    for (modes, strictest) in cases {
        let needs = needs(modes, &[("ml", "PYTHON")]);
        let [needed] = &needs.code_envs.values().collect::<Vec<_>>()[..] else {
            panic!("{needs:?}")
        };
        assert_eq!(needed.when_missing, strictest, "{modes:?}");
        assert_eq!(needed.by.len(), modes.len());
    }
}

#[test]
fn an_environment_that_the_manifest_does_not_list_is_a_warning() {
    // F6, R-A3
    use ImportTimeMode::{DoNothing, FailIfMiss, InstallIfMiss};
    for (mode, expected) in
        [(FailIfMiss, DoNothing), (DoNothing, DoNothing), (InstallIfMiss, InstallIfMiss)]
    {
        let creation = DeploymentCreation::new(
            "churn".parse().unwrap(),
            "CHURN".parse().unwrap(),
            infra().id,
            "v1".parse().unwrap(),
        );
        let mut deployment = DeploymentSettings::for_new(&creation, &infra());
        deployment.bundle_container_settings.code_envs_behavior.import_time_mode = mode;
        let bundle = BundleContents::empty("CHURN".parse().unwrap(), "v1".parse().unwrap())
            .with_code_envs(vec![RequiredCodeEnv::guessed("ml", "PYTHON")]);
        let needs = Needs::of_infra(&infra()).with_deployment(&infra(), &deployment, &bundle, []);
        let found: Vec<_> = needs.code_envs.values().map(|needed| needed.when_missing).collect();
        assert_eq!(found, [expected], "{mode:?}");
    }
}

#[test]
fn environments_of_two_languages_with_one_name_are_two() {
    let needs = needs(&[ImportTimeMode::FailIfMiss], &[("ml", "PYTHON"), ("ml", "R")]);
    let languages: Vec<&str> = needs.code_envs.keys().map(|(_, language)| &**language).collect();
    assert_eq!(languages, ["PYTHON", "R"]);
}

#[test]
fn a_shared_key_has_one_owner_or_none_that_is_known() {
    let id = |text: &str| -> DeploymentId { text.parse().unwrap() };
    let key = |text: &str| -> ProjectKey { text.parse().unwrap() };
    let shared = SharedKey::among([
        (key("ALONE"), id("a"), false),
        (key("OWNED"), id("b"), true),
        (key("OWNED"), id("c"), false),
        (key("UNKNOWN"), id("d"), false),
        (key("UNKNOWN"), id("e"), false),
        (key("HIDDEN"), id("f"), true),
    ]);
    let of = |text: &str| {
        let known = &shared[&key(text)];
        (known.owner.clone(), known.superseded.iter().map(DeploymentId::as_str).collect::<Vec<_>>())
    };
    assert_eq!(of("OWNED"), (Some(id("c")), vec!["b"]));
    assert_eq!(of("UNKNOWN"), (None, vec!["d", "e"]));
    assert_eq!(of("HIDDEN"), (None, vec!["f"]));
    assert_eq!(shared.len(), 3);
}
