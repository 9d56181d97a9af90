use super::dev_service::{DevService, credentials};
use crate::error::NodeErrorKind;
use crate::fleet::{
    AdminKeys, FleetCredentials, FleetCredentialsError, FleetError, FleetManager, FleetSetupError,
    Launchpad,
};

/// The error of a service that answers so.
async fn error(status: u16, body: &'static str) -> FleetError {
    let service = DevService::answering(move |_| (status, body.to_owned())).await;
    service.fleet().discover(AdminKeys::Ask).await.unwrap_err()
}

#[tokio::test]
async fn a_secret_that_the_service_echoes_is_cut_out() {
    // R13
    for (status, body) in [
        (400, r#"{"message": "bad credentials key-1:canary-secret"}"#),
        (500, r#"{"message": "Authorization: Basic a2V5LTE6Y2FuYXJ5LXNlY3JldA=="}"#),
        (403, "canary-secret may not do this"),
        (200, "<html>canary-secret</html>"),
        (200, r#"{"errorType": "X", "message": "canary-secret"}"#),
        (200, r#""canary-secret""#),
        (302, "Location: https://elsewhere.example/canary-secret"),
    ] {
        let error = error(status, body).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary-secret") && !shown.contains("a2V5LTE6"), "{shown}");
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    // R13
    let service = DevService::answering(|_| (200, "[]".to_owned())).await;
    let builder = FleetManager::builder(service.address(), credentials());
    let shown = format!(
        "{builder:?} {:?} {:?} {:?}",
        service.fleet(),
        service.launchpad(),
        Launchpad::builder("space-1", credentials())
    );
    assert!(shown.contains("key-1") && !shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn errors_name_the_service_and_its_own_remedy() {
    let service =
        DevService::answering(|_| (401, r#"{"message": "who are you?"}"#.to_owned())).await;
    let error = service.fleet().instances().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "list instances at {}: the key was not accepted: who are you?; \
             use the id and the secret of a valid key of the fleet's service",
            service.address()
        )
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    // R17
    let error = error(302, "Location: https://elsewhere.example/login?ticket=1").await;
    let to = "https://elsewhere.example/login".to_owned();
    assert_eq!(error.kind, NodeErrorKind::Redirected(to));
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unreachable() {
    let service = DevService::answering(|_| (200, "[]".to_owned())).await;
    let fleet = service.fleet();
    service.stop().await;
    let error = fleet.instances().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Unreachable);
}

#[test]
fn keys_that_cannot_stand_in_a_request_are_refused_without_being_repeated() {
    for id in ["", " ", "a:b", "a\nb"] {
        assert_eq!(FleetCredentials::new(id, "s").unwrap_err(), FleetCredentialsError::KeyId);
    }
    let refused = FleetCredentials::new("id", "canary\n").unwrap_err();
    assert_eq!(refused, FleetCredentialsError::Secret);
    assert!(!refused.to_string().contains("canary"));
}

#[tokio::test]
async fn a_tenant_or_space_that_leaves_its_place_in_the_path_is_refused() {
    let service = DevService::answering(|_| (200, "[]".to_owned())).await;
    for place in ["", "..", "a\nb"] {
        let fleet = FleetManager::builder(service.address(), credentials()).tenant(place).build();
        assert!(matches!(fleet, Err(FleetSetupError::Place { what: "tenant" })), "{place:?}");
        let launchpad = Launchpad::builder(place, credentials()).build();
        assert!(matches!(launchpad, Err(FleetSetupError::Place { what: "space" })), "{place:?}");
    }
    assert!(Launchpad::builder("space-1", credentials()).build().is_ok(), "its own address is one");
}
