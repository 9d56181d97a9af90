use project_deployer_testkit::{
    AccountSource, LoginRefused, MockDirectory, MockGroup, MockLdapSettings, MockNode,
    MockNodeBuilder, MockPerson, MockUser,
};
use serde_json::{Value, json};

use crate::client::{Client, admin};

fn directory() -> MockDirectory {
    MockDirectory::new()
        .with(MockPerson::new("ann").in_group("staff").in_group("data").with_email("ann@e.test"))
        .with(MockPerson::new("bob").in_group("guests"))
        .with(MockPerson::new("cleo").in_group("staff").disabled())
}

fn builder(settings: MockLdapSettings, directory: &MockDirectory) -> MockNodeBuilder {
    MockNode::builder("auto")
        .group(MockGroup::new("analysts").mapped_to("data"))
        .user(MockUser::new("lena"))
        .ldap(settings, directory)
        .task_polls(0)
}

fn staff_only() -> MockLdapSettings {
    MockLdapSettings::on().authorizing("staff").giving_profile("DATA_DESIGNER")
}

fn provisioning(logins: &[&str]) -> Value {
    let user = |login: &&str| {
        json!({"login": login, "displayName": login, "email": null,
        "sourceGroupNames": [], "dkuGroupNames": []})
    };
    json!({"userSourceType": "LDAP", "users": logins.iter().map(user).collect::<Vec<_>>()})
}

async fn provision(client: &Client, logins: &[&str]) -> (u16, Value) {
    let path = "/admin/users/actions/provision";
    let (status, answer) = client.post(path, &provisioning(logins)).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn the_first_login_of_an_authorized_person_makes_the_account() {
    // R-L2, R-L3, R-L6, R-S10
    let node = builder(staff_only(), &directory()).start().await;
    assert_eq!(admin(&node).acting_as("ann").get("/auth/info").await.0, 403);
    let ann = node.log_in("ann").unwrap();
    assert_eq!(ann.source_type, AccountSource::Ldap);
    assert_eq!(ann.groups, ["analysts"]);
    assert_eq!(ann.user_profile, "DATA_DESIGNER");
    let (_, reported) = admin(&node).get("/admin/users/ann").await;
    assert_eq!(
        (&reported["sourceType"], &reported["email"]),
        (&json!("LDAP"), &json!("ann@e.test"))
    );
    assert_eq!(admin(&node).acting_as("ann").get("/auth/info").await.0, 200);
}

#[tokio::test]
async fn who_is_not_authorized_learns_which_groups_would_do() {
    // R-L2
    let node = builder(staff_only(), &directory()).start().await;
    let refused = node.log_in("bob").unwrap_err();
    let groups = vec!["staff".to_owned()];
    assert_eq!(refused, LoginRefused::NotAuthorized { login: "bob".to_owned(), groups });
    assert_eq!(node.user("bob"), None);
}

#[tokio::test]
async fn who_the_directory_does_not_let_in_gets_no_account() {
    let node = builder(staff_only(), &directory()).start().await;
    for login in ["cleo", "ghost", "ANN"] {
        let refused = node.log_in(login).unwrap_err();
        assert_eq!(refused, LoginRefused::NotInDirectory { login: login.to_owned() });
    }
}

#[tokio::test]
async fn without_auto_import_or_supplier_nobody_new_gets_in() {
    // R-L4
    let no_import = builder(staff_only().without_auto_import(), &directory()).start().await;
    assert!(matches!(no_import.log_in("ann"), Err(LoginRefused::NoAutoImport { .. })));
    let off = builder(MockLdapSettings::default(), &directory()).start().await;
    assert!(matches!(off.log_in("ann"), Err(LoginRefused::Unknown { .. })));
}

#[tokio::test]
async fn a_local_account_shadows_the_directory() {
    // R-L1
    let node = builder(staff_only(), &directory()).user(MockUser::new("ann")).start().await;
    assert_eq!(node.log_in("ann").unwrap().source_type, AccountSource::Local);
}

#[tokio::test]
async fn leaving_the_directory_disables_the_account() {
    // R-L5
    let directory = directory();
    let node = builder(staff_only(), &directory).start().await;
    node.log_in("ann").unwrap();
    directory.remove("ann");
    assert!(matches!(node.log_in("ann"), Err(LoginRefused::NotInDirectory { .. })));
    assert!(!node.user("ann").unwrap().enabled);
    assert!(matches!(node.log_in("ann"), Err(LoginRefused::Disabled { .. })));
}

#[tokio::test]
async fn a_failing_directory_is_not_an_absent_person() {
    let directory = directory();
    let node = builder(staff_only(), &directory).start().await;
    node.log_in("ann").unwrap();
    directory.fail("size limit exceeded");
    assert!(matches!(node.log_in("ann"), Err(LoginRefused::DirectoryFailed { .. })));
    assert!(node.user("ann").unwrap().enabled);
    let (status, error) = admin(&node).get("/admin/external-users?userSourceType=LDAP").await;
    assert_eq!((status.as_u16(), &error["message"]), (500, &json!("size limit exceeded")));
    directory.recover();
    assert!(node.log_in("ann").is_ok());
}

#[tokio::test]
async fn each_node_remaps_logins_in_its_own_way() {
    // R-L9
    let directory = MockDirectory::new().with(MockPerson::new("Ann@corp").in_group("staff"));
    let remap = |login: &str| login.replace("@corp", "").to_lowercase();
    let node = builder(staff_only(), &directory).remaps_logins(remap).start().await;
    assert_eq!(node.log_in("ann").unwrap().login, "ann");
    assert!(matches!(node.log_in("Ann@corp"), Err(LoginRefused::NotInDirectory { .. })));
}

#[tokio::test]
async fn external_users_are_told_under_both_paths() {
    // wire-facts 5.4, 7.9
    let node = builder(staff_only(), &directory()).start().await;
    for path in ["/admin/external-users", "/admin/users/actions/external-users"] {
        let (_, state) = admin(&node).get(&format!("{path}?userSourceType=LDAP&login=ann")).await;
        let found = &state["result"];
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!(
            found[0]["userAttributes"],
            json!({"login": "ann", "displayName": "ann", "email": "ann@e.test",
                "sourceGroupNames": ["data", "staff"], "dkuGroupNames": ["analysts"]})
        );
    }
    let (_, state) = admin(&node).get("/admin/external-groups?userSourceType=LDAP").await;
    assert_eq!(state["result"], json!(["data", "guests", "staff"]));
}

#[tokio::test]
async fn provisioning_makes_accounts_where_the_settings_allow_it() {
    // wire-facts 5.4
    let node = builder(staff_only(), &directory()).start().await;
    assert_eq!(provision(&admin(&node), &["ann"]).await.0, 400);
    assert_eq!(node.user("ann"), None);
    node.set_ldap_settings(staff_only().on_demand());
    let (_, state) = provision(&admin(&node), &["ann", "bob", "lena"]).await;
    let reported: Vec<_> =
        state["result"].as_array().unwrap().iter().map(|o| o["status"].clone()).collect();
    assert_eq!(reported, ["SUCCESS", "FAILURE", "FAILURE"]);
    assert_eq!(node.user("ann").unwrap().source_type, AccountSource::Ldap);
    let again = provision(&admin(&node), &["ann"]).await.1;
    assert_eq!(again["result"][0]["status"], "SUCCESS");
}

#[tokio::test]
async fn a_resync_refreshes_mapped_groups_and_leaves_local_ones() {
    // R-L6
    let directory = directory();
    let node = builder(staff_only().on_demand(), &directory).start().await;
    node.log_in("ann").unwrap();
    let ann = node.user("ann").unwrap();
    node.put_user(ann.in_group("administrators"));
    directory.put(MockPerson::new("ann").in_group("staff"));
    let (status, _) = admin(&node).post("/admin/users/actions/resync-multi", &json!(null)).await;
    assert_eq!(status, 200);
    assert_eq!(node.user("ann").unwrap().groups, ["administrators"]);
}
