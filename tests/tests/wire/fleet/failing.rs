//! Faults of a service. An incomplete list is an error, or names its gaps.

use project_deployer_client::fleet::{
    Absence, AdminKeys, Completeness, Discovery, FleetAdminKey, FleetCredentials, FleetError,
    FleetManager, FleetNodeState, FleetSetupError, FleetUrl, Gap, Registration, Unknown, compare,
};
use project_deployer_client::{NodeErrorKind, TlsProblem};
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{InfraId, NodeId, StageId};
use project_deployer_testkit::{Fault, MockFleetManager};
use project_deployer_tests::{Canary, single_attempts};
use serde_json::json;

use super::{address, fleet, launchpad, mock_fleet, mock_launchpad};

/// Everything that may happen to a list, and leaves none.
fn faults() -> Vec<Fault> {
    vec![
        Fault::status(401),
        Fault::status(403),
        Fault::status(404),
        Fault::status(429),
        Fault::status(500),
        Fault::status(503),
        Fault::html_page(200),
        Fault::html_page(502),
        Fault::half_json(),
        Fault::empty_body(),
        Fault::garbage(),
        Fault::truncated(),
        Fault::connection_reset(),
        Fault::reply_lost(),
        Fault::error_inside("the database is away"),
        Fault::redirect("https://elsewhere.example.test/"),
        Fault::json(200, &json!({})),
        Fault::json(200, &json!(null)),
        Fault::json(200, &json!("none")),
    ]
}

/// An infrastructure of a node of the fleet.
fn registered(node: &str) -> InfraSettings {
    let (infra, stage) = (InfraId::parse("prod").unwrap(), StageId::parse("Production").unwrap());
    let mut settings = InfraSettings::new(infra, stage);
    let node_id = Some(NodeId::parse(node).unwrap());
    settings.target = Target::Fleet(NodeEntry::default().with_node_id(node_id));
    settings
}

fn assert_tells(error: &FleetError, service: &str) {
    let text = error.to_string();
    assert!(text.contains(&format!(" at {service}: ")), "{text}");
    assert!(text.ends_with(error.hint()) && !error.hint().is_empty(), "{text}");
}

#[tokio::test]
async fn no_fault_of_a_fleet_manager_reads_as_no_nodes() {
    // I4, R6
    for fault in faults() {
        let (mock, shown) = (mock_fleet().await, format!("{fault:?}"));
        mock.fault(fault.on("GET", "/instances"));
        let found = fleet(&mock).discover(AdminKeys::Ask).await;
        let error = found.expect_err(&shown);
        assert_tells(&error, mock.url());
        assert!(fleet(&mock).instances().await.is_err(), "{shown}");
    }
}

#[tokio::test]
async fn no_fault_of_a_launchpad_reads_as_no_nodes() {
    // I4, R6
    for fault in faults() {
        let (mock, shown) = (mock_launchpad().await, format!("{fault:?}"));
        mock.fault(fault.on("POST", "/nodes/search"));
        assert_tells(&launchpad(&mock).discover().await.expect_err(&shown), mock.url());
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_says_nothing_of_its_nodes() {
    let mock = mock_fleet().await;
    let fleet = fleet(&mock);
    let _nobody = mock.stop().await;
    let kind = fleet.discover(AdminKeys::Ask).await.unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::Unreachable);
}

fn absence(found: &Discovery, node: &str) -> Absence {
    let comparison = compare(found, &[registered(node)]);
    assert_eq!(comparison.no_longer_reported.len(), 1, "{comparison:?}");
    comparison.no_longer_reported[0].absence.clone()
}

#[tokio::test]
async fn an_empty_list_is_doubted_and_takes_nothing_away() {
    // I4: a key without the right to see them looks like that, too.
    let mock = MockFleetManager::builder().start().await;
    let found = fleet(&mock).discover(AdminKeys::Ask).await.unwrap();
    assert_eq!(found.completeness, Completeness::Partial(vec![Gap::NothingListed]));
    assert_eq!(absence(&found, "auto-1"), Absence::ListHasGaps);
}

#[tokio::test]
async fn a_list_with_an_entry_that_cannot_be_read_takes_nothing_away() {
    // I4
    let mock = mock_fleet().await;
    let list = json!([{"id": "i-1", "label": "auto-1", "dssNodeType": "automation"}, {"label": 7}]);
    mock.fault(Fault::json(200, &list).on("GET", "/instances"));
    let found = fleet(&mock).discover(AdminKeys::Leave).await.unwrap();
    assert_eq!(found.nodes.len(), 1);
    assert!(!found.completeness.is_whole());
    assert_eq!(absence(&found, "auto-2"), Absence::ListHasGaps);
}

#[tokio::test]
async fn a_node_that_a_whole_list_lacks_is_named_and_not_removed() {
    // I4
    let mock = mock_fleet().await;
    mock.remove_instance("auto-2");
    let found = fleet(&mock).discover(AdminKeys::Leave).await.unwrap();
    assert!(found.completeness.is_whole());
    let comparison = compare(&found, &[registered("auto-2")]);
    assert_eq!(comparison.no_longer_reported.len(), 1);
    assert_ne!(comparison.no_longer_reported[0].absence, Absence::ListHasGaps);
}

#[tokio::test]
async fn what_else_a_fleet_manager_does_not_tell_is_said_at_the_node() {
    // I4: each fault takes one fact away and leaves the rest.
    for fault in faults() {
        let mock = mock_fleet().await;
        mock.fault(fault.clone().on("GET", "/virtual-networks"));
        mock.fault(fault.clone().on("GET", "/instances/*/status"));
        let found = fleet(&mock).discover(AdminKeys::Leave).await.unwrap();
        assert_eq!(found.nodes.len(), 3, "{fault:?}");
        let node = &found.nodes[0];
        let Registration::Unknown(why) = &node.registration else { panic!("{fault:?}: {node:?}") };
        assert!(matches!(why, Unknown::AskFailed(_)), "{fault:?}: {why}");
        // `{}` is an answer: that of a node without a machine.
        if let FleetUrl::NotPublished(Unknown::AskFailed(_)) = &node.url {
            assert!(matches!(&node.state, FleetNodeState::Unknown(Unknown::AskFailed(_))));
        } else {
            assert_eq!(node.url, FleetUrl::NotPublished(Unknown::NotProvisioned), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_admin_key_that_is_not_told_hides_nothing_else() {
    let mock = mock_fleet().await;
    mock.fault(Fault::status(403).on("GET", "/instances/*/admin-api-key"));
    let found = fleet(&mock).discover(AdminKeys::Ask).await.unwrap();
    let FleetAdminKey::Unknown(Unknown::AskFailed(kind)) = &found.nodes[0].admin_key else {
        panic!("{found:?}")
    };
    assert!(matches!(kind, NodeErrorKind::Forbidden(_)));
    assert_eq!(found.nodes[0].url, FleetUrl::Known(address("https://auto-1.example.test:11200")));
}

#[tokio::test]
async fn the_secret_of_a_fleet_key_is_cut_out_of_what_a_service_repeats() {
    // R13
    let mock = MockFleetManager::builder().key("the-id", Canary::KEY).start().await;
    for status in [200, 400, 401, 403, 404, 500, 503] {
        let reported = json!({"errorType": "X", "message": format!("you sent {}", Canary::KEY)});
        mock.fault(Fault::json(status, &reported).once());
        let error = fleet(&mock).instances().await.unwrap_err();
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(!Canary::is_in(&shown), "{shown}");
    }
    let redirect = Fault::redirect(format!("https://sso.example.test/{}", Canary::KEY));
    mock.fault(redirect.once());
    let error = fleet(&mock).instances().await.unwrap_err();
    assert!(!Canary::is_in(&format!("{error} {error:?}")), "{error:?}");
}

#[tokio::test]
async fn a_service_without_tls_at_an_address_with_it_is_told() {
    // R15
    let mock = mock_fleet().await;
    let place = address(&mock.url().replace("http:", "https:"));
    let credentials = FleetCredentials::new("the-id", "the-secret").unwrap();
    let builder = FleetManager::builder(place, credentials).connector(single_attempts());
    let error = builder.build().unwrap().instances().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Tls(TlsProblem::NoTls), "{error:?}");
    assert!(mock.journal().is_empty(), "the secret does not travel in clear");
}

#[test]
fn a_service_is_not_looked_for_where_none_can_be() {
    // R17
    let credentials = FleetCredentials::new("the-id", "the-secret").unwrap();
    let place = address("http://169.254.169.254:80");
    let refused = FleetManager::builder(place, credentials).build().unwrap_err();
    let FleetSetupError::Refused(error) = &refused else { panic!("{refused}") };
    assert!(matches!(error.kind, NodeErrorKind::AddressRefused(_)));
}
