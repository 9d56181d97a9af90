//! Folders, connections and code environments, line by line (wire-facts 3.3 to 3.5).

use project_deployer_core::ProjectKey;
use serde_json::json;

use super::people::assert_asked;
use crate::request::code_envs::EnvLanguage;
use crate::request::{TimeoutClass, code_envs, connections, folders};

fn key() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

#[test]
fn folders_are_a_tree() {
    let settings = json!({"name": "Live"});
    assert_asked(
        [
            &folders::settings("fld8"),
            &folders::save_settings("fld8", &settings),
            &folders::create("ROOT", "Live"),
            &folders::move_to("fld8", "fld9"),
            &folders::move_project("fld8", &key(), "fld9"),
            &folders::delete("fld8"),
            &folders::of_project(&key()),
            &folders::default_for_new_projects("fld8"),
        ],
        [
            ("GET /project-folders/fld8/settings", None),
            ("PUT /project-folders/fld8/settings", Some(settings)),
            ("POST /project-folders/ROOT/children?name=Live", None),
            ("POST /project-folders/fld8/move?destination=fld9", None),
            ("POST /project-folders/fld8/projects/CHURN/move?destination=fld9", None),
            ("DELETE /project-folders/fld8", None),
            ("GET /project-folders/locate-project/CHURN", None),
            ("GET /project-folders/fld8/default-for-project-creation", None),
        ],
    );
}

#[test]
fn connections_are_asked_for_by_name_and_by_type() {
    let definition = json!({"name": "sql-prod", "type": "PostgreSQL"});
    assert_asked(
        [
            &connections::get("sql-prod"),
            &connections::create("sql-prod", &definition),
            &connections::save("sql-prod", &definition),
            &connections::delete("sql-prod"),
            &connections::usable_of_type("PostgreSQL"),
            &connections::info("sql-prod", None),
            &connections::info("sql-prod", Some(&key())),
            &connections::test("sql-prod"),
        ],
        [
            ("GET /admin/connections/sql-prod", None),
            ("POST /admin/connections/", Some(definition.clone())),
            ("PUT /admin/connections/sql-prod", Some(definition)),
            ("DELETE /admin/connections/sql-prod", None),
            ("GET /connections/get-names?type=PostgreSQL", None),
            ("GET /connections/sql-prod/info", None),
            ("GET /connections/sql-prod/info?contextualProjectKey=CHURN", None),
            ("GET /connections/sql-prod/test", None),
        ],
    );
}

#[test]
fn code_environments_are_asked_for_by_language_and_name() {
    let definition = json!({"deploymentMode": "AUTOMATION_SINGLE"});
    let python = EnvLanguage::Python;
    assert_asked(
        [
            &code_envs::get(python, "py-prod"),
            &code_envs::create(python, "py-prod", &definition),
            &code_envs::save(EnvLanguage::R, "r-prod", &definition),
            &code_envs::delete(python, "py-prod"),
            &code_envs::build(python, "py-prod", true, None),
            &code_envs::build(python, "py-prod", false, Some("v2")),
            &code_envs::build_images(python, "py-prod", Some("v2")),
            &code_envs::version_for(python, "py-prod", &key()),
            &code_envs::usages(python, "py-prod"),
            &code_envs::logs(python, "py-prod"),
            &code_envs::log(python, "py-prod", "build.log"),
            &code_envs::all_usages(),
        ],
        [
            ("GET /admin/code-envs/PYTHON/py-prod", None),
            ("POST /admin/code-envs/PYTHON/py-prod?wait=true", Some(definition.clone())),
            ("PUT /admin/code-envs/R/r-prod", Some(definition)),
            ("DELETE /admin/code-envs/PYTHON/py-prod?wait=true", None),
            ("POST /admin/code-envs/PYTHON/py-prod/packages?forceRebuildEnv=true&wait=true", None),
            (
                "POST /admin/code-envs/PYTHON/py-prod/packages?forceRebuildEnv=false&versionToUpdate=v2&wait=true",
                None,
            ),
            ("POST /admin/code-envs/PYTHON/py-prod/images?envVersion=v2&wait=true", None),
            ("GET /admin/code-envs/PYTHON/py-prod/CHURN/version", None),
            ("GET /admin/code-envs/PYTHON/py-prod/usages", None),
            ("GET /admin/code-envs/PYTHON/py-prod/logs", None),
            ("GET /admin/code-envs/PYTHON/py-prod/logs/build.log", None),
            ("GET /admin/code-envs/usages", None),
        ],
    );
    // A build takes as long as it takes.
    assert_eq!(
        code_envs::build(python, "py-prod", true, None).timeout_class,
        TimeoutClass::LongRunning
    );
}

#[test]
fn an_id_of_dots_does_not_climb() {
    // wire-facts 1.3
    let base = url::Url::parse("https://auto.example").unwrap();
    let url = folders::move_to("..", "ROOT").url(&base);
    assert_eq!(url.path(), "/dip/publicapi/project-folders/%252E%252E/move");
    assert_eq!(folders::delete(".").url(&base).path(), "/dip/publicapi/project-folders/%252E");
}
