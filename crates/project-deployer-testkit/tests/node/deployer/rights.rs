use serde_json::json;

use super::{ROOT, as_login, create, deployer, ids};

#[tokio::test]
async fn what_somebody_may_not_see_does_not_exist() {
    // R-P2, R-P8
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let kit = as_login(&deployer, "kit");
    for hidden in ["infras/hidden", "projects/CHURN", "deployments/churn-prod"] {
        let (status, refused) = kit.get(&format!("{ROOT}/{hidden}")).await;
        assert_eq!(status, 404, "{hidden}");
        let (_, unknown) = kit.get(&format!("{ROOT}/{hidden}x")).await;
        let message = refused["message"].as_str().unwrap();
        assert_eq!(format!("{message}x"), unknown["message"].as_str().unwrap());
    }
    let (_, infras) = kit.get(&format!("{ROOT}/infras")).await;
    assert_eq!(ids(&infras, "/infraBasicInfo/id"), ["prod"]);
    assert_eq!(infras[0]["deployments"], json!([]), "the project is hidden from kit");
    for list in ["projects", "deployments"] {
        assert_eq!(kit.get(&format!("{ROOT}/{list}")).await.1, json!([]), "{list}");
    }
}

#[tokio::test]
async fn who_may_look_may_not_deploy() {
    // R-P3, R-P4
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let ann = as_login(&deployer, "ann");
    let one = format!("{ROOT}/deployments/churn-prod");
    assert_eq!(ann.get(&one).await.1["deploymentBasicInfo"]["createdByDisplayName"], "mina");
    let (_, settings) = ann.get(&format!("{one}/settings")).await;
    assert_eq!(ann.put(&format!("{one}/settings"), &settings).await.0, 403);
    assert_eq!(ann.post(&format!("{one}/actions/update"), &json!({})).await.0, 403);
    assert_eq!(ann.post(&format!("{one}/run-test-scenarios"), &json!({})).await.0, 403);
    assert_eq!(ann.delete(&one).await.0, 403);
    assert_eq!(ann.get(&format!("{ROOT}/infras/prod/settings")).await.0, 403);
    assert_eq!(ann.get(&format!("{ROOT}/projects/CHURN/settings")).await.0, 403);
}

#[tokio::test]
async fn answers_carry_the_rights_of_the_caller() {
    // R-P13, R-P10: the owner has all rights on a project
    let deployer = deployer().await;
    let infra = format!("{ROOT}/infras/prod");
    let project = format!("{ROOT}/projects/CHURN");
    for (login, admin, deploy) in
        [("mina", false, true), ("ann", false, false), ("kit", true, true)]
    {
        let (_, reported) = as_login(&deployer, login).get(&infra).await;
        assert_eq!((&reported["isAdmin"], &reported["canDeploy"]), (&json!(admin), &json!(deploy)));
    }
    for (login, owns) in [("amy", true), ("mina", false)] {
        let (_, reported) = as_login(&deployer, login).get(&project).await;
        assert_eq!(
            (&reported["isAdmin"], &reported["canWrite"]),
            (&json!(owns), &json!(owns)),
            "{login}"
        );
    }
}

#[tokio::test]
async fn rights_follow_the_groups_of_a_login() {
    // R-P1, R-S9
    let deployer = deployer().await;
    deployer.node().put_user(project_deployer_testkit::MockUser::new("mina"));
    assert_eq!(create(&deployer, "prod").await, 404);
    let global = deployer.admin_api_key();
    let (_, infras) =
        as_login(&deployer, "admin").with_key(&global).get(&format!("{ROOT}/infras")).await;
    assert_eq!(infras.as_array().unwrap().len(), 4, "administrators see all");
}
