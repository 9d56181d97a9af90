use project_deployer_testkit::{BundleBuilder, MockNode, MockPermission, NodeKind, Profile, Quirk};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::admin;

const ALL: [Profile; 4] = [Profile::V12, Profile::V13, Profile::V14, Profile::V15];

async fn node(profile: Profile) -> MockNode {
    MockNode::builder("node").profile(profile).start().await
}

#[tokio::test]
async fn a_profile_tells_its_version() {
    for profile in ALL {
        let node = node(profile).await;
        let answer = admin(&node).request(Method::GET, "/instance-info").send().await.unwrap();
        assert_eq!(answer.headers()["dss-version"], profile.version());
        let reported: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(reported["dssVersion"], profile.version());
    }
}

#[tokio::test]
async fn imported_bundles_are_deleted_since_13() {
    // wire-facts 3.7, row 8: since 13.5.3
    for profile in ALL {
        let node = node(profile).await;
        admin(&node).create(&BundleBuilder::new("P", "v1")).await;
        let (status, _) = admin(&node).delete("/projects/P/bundles/imported/v1").await;
        assert_eq!(status, if profile == Profile::V12 { 404 } else { 200 }, "{profile:?}");
    }
}

#[tokio::test]
async fn missing_users_and_groups_are_ignored_before_15() {
    // docs/product.md#releases, 14.3.3 to 15.2.0
    for profile in ALL {
        let node = node(profile).await;
        let ghost = MockPermission::user("ghost").may("admin");
        let bundle = BundleBuilder::new("P", "v1").permission(ghost);
        let path = "/projectsFromBundle/?permissionsPropagationPolicy=ALL";
        let (status, _) = admin(&node).upload(path, &bundle).await;
        assert_eq!(status, if profile == Profile::V15 { 400 } else { 200 }, "{profile:?}");
    }
}

#[tokio::test]
async fn bundles_have_release_notes_since_14() {
    // wire-facts 4: since 14.1.0
    for profile in ALL {
        let builder = MockNode::builder("design").kind(NodeKind::Design).profile(profile);
        let node = builder.start().await;
        node.put_design_project(&BundleBuilder::new("P", "")).unwrap();
        let bundle = "/projects/P/bundles/exported/v1";
        let made = admin(&node).put(&format!("{bundle}?releaseNotes=first"), &json!({})).await;
        assert_eq!(made.0, 200);
        let (_, details) = admin(&node).get(bundle).await;
        let notes = &details["exportManifest"]["exportUserInfo"]["releaseNotes"];
        let expected = if profile < Profile::V14 { json!(null) } else { json!("first") };
        assert_eq!(*notes, expected, "{profile:?}");
    }
}

#[tokio::test]
async fn global_keys_are_not_told_in_clear_since_13() {
    // docs/product.md#releases, 13.1: keys can be stored hashed
    for profile in ALL {
        let node = node(profile).await;
        let (_, keys) = admin(&node).get("/admin/global-api-keys/").await;
        let reported = if profile == Profile::V12 { &node.admin_api_key() } else { "********" };
        assert_eq!(keys[0]["key"], reported, "{profile:?}");
        let (_, key) = admin(&node).get("/admin/global-api-keys/admin-key").await;
        assert_eq!(key["key"], reported, "{profile:?}");
    }
}

#[tokio::test]
async fn test_scenarios_are_there_since_13() {
    // docs/product.md#releases, 13.3
    for profile in ALL {
        let node = node(profile).await;
        admin(&node).create(&BundleBuilder::new("P", "v1")).await;
        let (status, _) = admin(&node).get("/projects/P/scenarios/testing-status").await;
        assert_eq!(status, if profile == Profile::V12 { 404 } else { 200 }, "{profile:?}");
    }
}

#[tokio::test]
async fn standards_checks_can_be_demanded_since_14() {
    // docs/product.md#releases, 14.1
    for profile in ALL {
        let builder = MockNode::builder("design").kind(NodeKind::Design).profile(profile);
        let node = builder.quirk(Quirk::StandardsChecksAreRequired).start().await;
        node.put_design_project(&BundleBuilder::new("P", "")).unwrap();
        let path = "/projects/P/bundles/exported/v1?evaluateProjectStandardsChecks=False";
        let (status, _) = admin(&node).put(path, &json!({})).await;
        assert_eq!(status, if profile < Profile::V14 { 200 } else { 400 }, "{profile:?}");
    }
}
