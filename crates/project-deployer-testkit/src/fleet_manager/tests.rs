mod administration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::{Fault, Gate};

async fn fleet() -> MockFleetManager {
    MockFleetManager::builder()
        .network(MockNetwork::unmanaged("vn-2"))
        .instance(MockInstance::automation("auto-1").at("https://auto-1.example"))
        .instance(MockInstance::automation("auto-2").in_network("vn-2").not_provisioned())
        .instance(MockInstance::automation("design-1").of_type("design").stopped())
        .start()
        .await
}

fn request(fleet: &MockFleetManager, method: Method, path: &str) -> reqwest::RequestBuilder {
    let url = format!("{}/api/public/tenants/main{path}", fleet.url());
    let client = reqwest::Client::builder().build().unwrap();
    client.request(method, url).basic_auth(fleet.key_id(), Some(fleet.key_secret()))
}

async fn get(fleet: &MockFleetManager, path: &str) -> (StatusCode, Value) {
    let answer = request(fleet, Method::GET, path).send().await.unwrap();
    (answer.status(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

async fn create(fleet: &MockFleetManager, body: &Value) -> (StatusCode, Value) {
    let sent = request(fleet, Method::POST, "/instances").body(body.to_string());
    let answer = sent.send().await.unwrap();
    (answer.status(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn instances_are_told_by_the_names_of_the_wire() {
    // wire-facts 6.1
    let fleet = fleet().await;
    let (_, listed) = get(&fleet, "/instances").await;
    let labels: Vec<_> = listed.as_array().unwrap().iter().map(|i| &i["label"]).collect();
    assert_eq!(labels, ["auto-1", "auto-2", "design-1"]);
    let (_, one) = get(&fleet, "/instances/i-auto-1").await;
    assert_eq!(
        (&one["dssNodeType"], &one["virtualNetworkId"]),
        (&json!("automation"), &json!("vn-1"))
    );
    let (_, status) = get(&fleet, "/instances/i-auto-1/status").await;
    assert_eq!(status["publicURL"], "https://auto-1.example");
    let (_, status) = get(&fleet, "/instances/i-auto-2/status").await;
    assert_eq!(status, json!({"hasPhysicalInstance": false, "cloudMachineIsUp": false}));
    let (_, network) = get(&fleet, "/virtual-networks/vn-2").await;
    assert_eq!(network["managedNodesDirectory"], false);
    let (status, error) = get(&fleet, "/instances/i-none").await;
    assert_eq!(status, 404);
    assert!(error["errorType"].as_str().unwrap().ends_with("NotFoundException"));
}

#[tokio::test]
async fn the_key_goes_as_user_and_its_secret_as_password() {
    // wire-facts 1.4
    let fleet = fleet().await;
    let ask = |user: String, password: String| {
        let url = format!("{}/api/public/tenants/main/instances", fleet.url());
        let client = reqwest::Client::builder().build().unwrap();
        async move { client.get(url).basic_auth(user, Some(password)).send().await.unwrap().status() }
    };
    let (id, secret) = (fleet.key_id().to_owned(), fleet.key_secret().to_owned());
    assert_eq!(ask(id.clone(), secret.clone()).await, 200);
    assert_eq!(ask(secret.clone(), id.clone()).await, 401);
    assert_eq!(ask(secret, String::new()).await, 401);
    let known: Vec<_> = fleet.journal().into_iter().map(|call| call.key_id).collect();
    assert_eq!(known, [Some(id), None, None]);
}

#[tokio::test]
async fn another_tenant_is_not_there() {
    let fleet = fleet().await;
    let url = format!("{}/api/public/tenants/other/instances", fleet.url());
    let client = reqwest::Client::builder().build().unwrap();
    let asked = client.get(url).basic_auth(fleet.key_id(), Some(fleet.key_secret()));
    assert_eq!(asked.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_created_instance_has_its_url_and_its_key_once_its_provisioning_has_ended() {
    let fleet = fleet().await;
    let wanted = json!({"label": "auto-9", "instanceSettingsTemplateId": "ist-2",
        "virtualNetworkId": "vn-1", "imageId": "dss-15.2.0", "dssNodeType": "automation",
        "cloudInstanceType": "m5.xlarge"});
    let (_, created) = create(&fleet, &wanted).await;
    assert_eq!(created["cloudInstanceType"], "m5.xlarge");
    let id = created["id"].as_str().unwrap();
    let key = format!("/instances/{id}/admin-api-key");
    assert_eq!(get(&fleet, &key).await.1, json!({"adminAPIKey": null}));

    let (_, task) = get(&fleet, &format!("/instances/{id}/actions/reprovision")).await;
    assert_eq!(task["hasResult"], false);
    assert!(!fleet.instance("auto-9").unwrap().provisioned, "it is still under way");
    let (_, ended) =
        get(&fleet, &format!("/futures/{}?peek=False", task["jobId"].as_str().unwrap())).await;
    assert_eq!(ended["hasResult"], true);
    let (_, status) = get(&fleet, &format!("/instances/{id}/status")).await;
    assert_eq!(status["publicURL"], "https://auto-9.fleet.example");
    let known = fleet.instance("auto-9").unwrap().admin_api_key;
    assert_eq!(get(&fleet, &key).await.1, json!({"adminAPIKey": known}));
}

#[tokio::test]
async fn an_instance_without_its_template_or_network_is_refused() {
    let fleet = fleet().await;
    let missing = json!({"label": "x", "virtualNetworkId": "vn-1", "imageId": "dss"});
    assert_eq!(create(&fleet, &missing).await.0, 400);
    let unknown = json!({"label": "x", "virtualNetworkId": "vn-9", "imageId": "dss",
        "instanceSettingsTemplateId": "ist"});
    assert_eq!(create(&fleet, &unknown).await.0, 404);
    assert_eq!(fleet.instance("x"), None);
}

#[tokio::test]
async fn only_a_machine_that_is_there_can_be_started_and_stopped() {
    let fleet = fleet().await;
    assert_eq!(get(&fleet, "/instances/i-auto-2/actions/start").await.0, 400);
    let (_, task) = get(&fleet, "/instances/i-design-1/actions/start").await;
    let poll = format!("/futures/{}", task["jobId"].as_str().unwrap());
    get(&fleet, &poll).await;
    assert!(fleet.instance("design-1").unwrap().up);
    assert_eq!(get(&fleet, "/instances/i-design-1/actions/explode").await.0, 404);
}

#[tokio::test]
async fn a_task_that_fails_or_is_aborted_has_no_effect() {
    let fleet = fleet().await;
    fleet.fail_next_task("no capacity in this zone");
    let (_, task) = get(&fleet, "/instances/i-auto-2/actions/reprovision").await;
    let (status, error) =
        get(&fleet, &format!("/futures/{}", task["jobId"].as_str().unwrap())).await;
    assert_eq!((status.as_u16(), &error["message"]), (500, &json!("no capacity in this zone")));

    let (_, task) = get(&fleet, "/instances/i-auto-2/actions/reprovision").await;
    let place = format!("/futures/{}", task["jobId"].as_str().unwrap());
    request(&fleet, Method::DELETE, &place).send().await.unwrap();
    assert_eq!(get(&fleet, &place).await.1["aborted"], true);
    assert!(!fleet.instance("auto-2").unwrap().provisioned);
}

#[tokio::test]
async fn a_forgotten_task_has_had_its_effect() {
    let fleet = fleet().await;
    let (_, task) = get(&fleet, "/instances/i-auto-1/actions/stop").await;
    fleet.forget_futures();
    let place = format!("/futures/{}", task["jobId"].as_str().unwrap());
    assert_eq!(get(&fleet, &place).await.0, 400);
    assert!(!fleet.instance("auto-1").unwrap().up);
}

#[tokio::test]
async fn faults_happen_before_and_after_the_effect() {
    let fleet = fleet().await;
    fleet.fault(Fault::html_page(502).on("GET", "/instances").once());
    let page = request(&fleet, Method::GET, "/instances").send().await.unwrap();
    assert_eq!(page.status(), 502);
    assert!(page.text().await.unwrap().contains("<html>"));

    fleet.fault(Fault::truncated().on("GET", "/instances").once());
    let cut_off = request(&fleet, Method::GET, "/instances").send().await.unwrap();
    assert!(cut_off.text().await.is_err());

    fleet.fault(Fault::half_json().on("GET", "/instances").once());
    let half = request(&fleet, Method::GET, "/instances").send().await.unwrap();
    assert!(serde_json::from_str::<Value>(&half.text().await.unwrap()).is_err());

    fleet.fault(Fault::reply_lost().on("GET", "/instances/*/actions/delete").once());
    let lost = request(&fleet, Method::GET, "/instances/i-auto-1/actions/delete");
    assert!(lost.send().await.is_err());
    fleet.forget_futures();
    assert_eq!(fleet.instance("auto-1"), None);

    fleet.fault(Fault::connection_reset().once());
    let reset = request(&fleet, Method::GET, "/instances").send().await.unwrap_err();
    assert!(format!("{reset:?}").contains("ConnectionReset"), "{reset:?}");
    let calls = fleet.calls_to("GET", "/instances");
    assert!(!calls.last().unwrap().reached);
    assert_eq!(get(&fleet, "/instances").await.0, 200);
}

#[tokio::test]
async fn a_call_can_be_held_and_goes_on_without_its_caller() {
    let fleet = fleet().await;
    let gate = Gate::new();
    fleet.fault(Fault::held_by(&gate).on("GET", "/instances/**"));
    let asked = request(&fleet, Method::GET, "/instances/i-auto-1/actions/stop").send();
    let asked = tokio::spawn(asked);
    gate.reached_by(1).await;
    asked.abort();
    gate.open();
    while fleet.journal()[0].status.is_none() {
        tokio::task::yield_now().await;
    }
    fleet.forget_futures();
    assert!(!fleet.instance("auto-1").unwrap().up);
}

#[tokio::test]
async fn debug_shows_no_key() {
    // R13
    let fleet = MockFleetManager::builder().key("id", "canary-1");
    let instance =
        MockInstance { admin_api_key: "canary-2".to_owned(), ..MockInstance::automation("a") };
    let shown = format!("{fleet:?} {instance:?} {:?}", fleet.clone().start().await);
    assert!(!shown.contains("canary"), "{shown}");
}
