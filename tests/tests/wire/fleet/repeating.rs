//! Calls that fail are made again as those to nodes are (R7).

use project_deployer_client::fleet::{AdminKeys, NewInstance};
use project_deployer_client::{NodeErrorKind, Retry};
use project_deployer_testkit::Fault;

use super::{fleet_with, id, launchpad_with, mock_fleet, mock_launchpad, repeating};

#[tokio::test]
async fn a_list_that_fails_in_passing_is_asked_for_again() {
    let mock = mock_fleet().await;
    for fault in [Fault::status(503), Fault::connection_reset(), Fault::status(429)] {
        mock.fault(fault.on("GET", "/instances").times(2));
        let found = fleet_with(&mock, repeating()).discover(AdminKeys::Leave).await.unwrap();
        assert_eq!(found.nodes.len(), 3);
        assert!(found.completeness.is_whole());
    }
    assert_eq!(mock.calls_to("GET", "/instances").len(), 9);
}

#[tokio::test]
async fn a_search_on_the_launchpad_changes_nothing_and_is_made_again() {
    let mock = mock_launchpad().await;
    mock.fault(Fault::status(503).on("POST", "/nodes/search").times(2));
    let found = launchpad_with(&mock, repeating()).discover().await.unwrap();
    assert_eq!(found.nodes.len(), 2);
    assert_eq!(mock.calls_to("POST", "/nodes/search").len(), 3);
}

#[tokio::test]
async fn three_attempts_are_the_most() {
    // R7
    let mock = mock_fleet().await;
    mock.fault(Fault::status(503).on("GET", "/instances"));
    let error = fleet_with(&mock, repeating()).instances().await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Failed { status: 503, .. }), "{error}");
    let most = usize::try_from(Retry::MOST_ATTEMPTS).unwrap();
    assert_eq!(mock.calls_to("GET", "/instances").len(), most);
}

#[tokio::test]
async fn what_changes_a_machine_is_not_made_again_unasked() {
    // R7, wire-facts 6.1: these are GETs.
    let mock = mock_fleet().await;
    let fleet = fleet_with(&mock, repeating());
    let instance = id(fleet.instances().await.unwrap()[0].id.as_str());
    for action in ["reprovision", "start"] {
        let path = format!("/instances/*/actions/{action}");
        mock.fault(Fault::reply_lost().on("GET", &path));
        let error = match action {
            "start" => fleet.start(&instance).await.unwrap_err(),
            _ => fleet.provision(&instance).await.unwrap_err(),
        };
        assert_eq!(error.kind, NodeErrorKind::Interrupted);
        assert_eq!(mock.calls_to("GET", &path).len(), 1);
    }
    mock.fault(Fault::reply_lost().on("POST", "/instances"));
    let new = NewInstance::automation("auto-9", "ist", "vn-1", "15.2");
    assert_eq!(fleet.create(&new).await.unwrap_err().kind, NodeErrorKind::Interrupted);
    assert_eq!(mock.calls_to("POST", "/instances").len(), 1);
}

#[tokio::test]
async fn a_change_that_certainly_was_not_made_is_made_again() {
    let mock = mock_fleet().await;
    mock.fault(Fault::status(429).on("POST", "/instances").once());
    let new = NewInstance::automation("auto-9", "ist", "vn-1", "15.2");
    fleet_with(&mock, repeating()).create(&new).await.unwrap();
    assert_eq!(mock.calls_to("POST", "/instances").len(), 2);
}

#[tokio::test]
async fn a_look_at_a_task_is_repeated_by_its_own_rhythm() {
    let mock = mock_fleet().await;
    let fleet = fleet_with(&mock, repeating());
    let instance = id(fleet.instances().await.unwrap()[0].id.as_str());
    let task = fleet.start(&instance).await.unwrap();
    // More often than any call would be repeated.
    mock.fault(Fault::status(503).on("GET", "/futures/*").times(7));
    fleet.wait(task).await.unwrap();
    assert!(mock.calls_to("GET", "/futures/*").len() >= 8);
}
