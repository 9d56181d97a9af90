use project_deployer_client::fleet::{
    AdminKeys, FleetCredentials, FleetManager, InstanceId, Launchpad,
};
use project_deployer_core::NodeAddress;
use project_deployer_testkit::{Fault, MockFleetManager, MockInstance, MockLaunchpad};
use project_deployer_tests::single_attempts;
use serde_json::json;

use super::Heard;
use super::nodes::faults;

fn address(url: &str) -> NodeAddress {
    NodeAddress::parse(url).unwrap()
}

/// Responses that repeat a secret.
fn repeating(secret: &str) -> Vec<Fault> {
    let reported = json!({"errorType": "ProxyException", "message": format!("you sent {secret}")});
    let statuses = [200, 400, 401, 403, 404, 422, 500, 503];
    statuses.into_iter().map(|status| Fault::json(status, &reported)).collect()
}

#[tokio::test]
async fn nothing_that_is_said_of_a_fleet_gives_a_secret_away() {
    // R13
    let mut heard = Heard::listening();
    for _ in 0..4 {
        let (secret, admin_key) = (heard.secret(), heard.secret());
        let instance = MockInstance::automation("auto-1").at("https://auto-1.example.test:11200");
        let mock = MockFleetManager::builder().key("fleet", &secret).instance(instance);
        let mock = mock.start().await;
        let credentials = FleetCredentials::new("fleet", &secret).unwrap();
        let builder = FleetManager::builder(address(mock.url()), credentials);
        let fleet = builder.connector(single_attempts()).build().unwrap();
        heard.show(&fleet);
        let reported = json!({"adminAPIKey": admin_key});
        mock.fault(Fault::json(200, &reported).on("GET", "/instances/*/admin-api-key").once());
        assert!(heard.show_outcome(&fleet.discover(AdminKeys::Ask).await));
        for fault in faults().into_iter().chain(repeating(&secret)) {
            mock.fault(fault);
            heard.show_outcome(&fleet.discover(AdminKeys::Ask).await);
            heard.show_outcome(&fleet.start(&InstanceId::parse("i-auto-1").unwrap()).await);
            mock.clear_faults();
        }
    }
    for _ in 0..4 {
        let secret = heard.secret();
        let mock = MockLaunchpad::builder().key("space", &secret).node("auto", "automation");
        let mock = mock.start().await;
        let credentials = FleetCredentials::new("space", &secret).unwrap();
        let builder = Launchpad::builder("space-1", credentials).address(address(mock.url()));
        let launchpad = builder.connector(single_attempts()).build().unwrap();
        heard.show(&launchpad);
        assert!(heard.show_outcome(&launchpad.discover().await));
        for fault in faults().into_iter().chain(repeating(&secret)) {
            mock.fault(fault);
            heard.show_outcome(&launchpad.discover().await);
            mock.clear_faults();
        }
    }
    heard.assert_nothing_given_away(12);
}
