//! A Deployer and three nodes with different LDAP settings, as processes, and a directory. Together they
//! produce every status of a login.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{NodeProcess, run_with};

/// The logins that are needed everywhere, in order.
pub(crate) const LOGINS: [&str; 10] =
    ["ann", "bob", "cid", "dora", "eve", "fay", "gus", "hal", "ida", "jan"];

/// The login that the directory locked.
pub(crate) const LOCKED: &str = "jan";

/// The people of the directory with their groups. Two of them have the login `hal`.
pub(crate) const PEOPLE: [(&str, &str, &[&str]); 8] = [
    ("ann", "people", &["deployers"]),
    ("bob", "people", &["deployers"]),
    ("cid", "people", &["deployers"]),
    ("fay", "people", &["deployers"]),
    ("gus", "people", &["visitors"]),
    ("hal", "people", &["deployers"]),
    ("hal", "guests", &["deployers"]),
    (LOCKED, "people", &["deployers"]),
];

/// Running nodes, and an inventory that names them.
pub(crate) struct Installation {
    pub(crate) folder: TempDir,
    pub(crate) deployer: NodeProcess,
    pub(crate) on_demand: NodeProcess,
    pub(crate) first_login: NodeProcess,
    pub(crate) closed: NodeProcess,
    /// Environment variables in addition to the keys.
    pub(crate) secrets: Vec<(&'static str, String)>,
}

/// How nodes reach the directory.
pub(crate) struct DirectoryAccess {
    /// Its URL with the base.
    pub(crate) url: String,
    /// Its entries in the inventory.
    pub(crate) inventory: Value,
    /// LDAP settings in addition to the URL.
    pub(crate) settings: Value,
}

impl Installation {
    /// Starts everything.
    pub(crate) async fn start(directory: &DirectoryAccess) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ldap = |auto_import: bool, on_demand: bool| {
            let mut settings = json!({
                "enabled": true, "url": directory.url, "authorizedGroups": ["deployers"],
                "autoImportUsers": auto_import,
                "allowOnDemandUsersSync": on_demand,
                "allowOnDemandUsersProvisioning": on_demand,
            });
            let more = directory.settings.as_object().cloned().unwrap_or_default();
            settings.as_object_mut().unwrap().extend(more);
            settings
        };
        let node = |id: &str, kind: &str, users: Value, ldap: Value| {
            json!({
                "nodeId": id, "nodeType": kind, "users": users, "ldapSettings": ldap,
                "groups": [{"name": "deployers", "mayCreateProjects": true, "ldapGroupNames": ["deployers"]}],
                "directoryPeople": people(),
            })
        };
        let user = |login: &str, source: &str, enabled: bool| json!({"login": login, "sourceType": source, "enabled": enabled, "groups": ["deployers"]});
        let from_ldap = |login: &str| user(login, "LDAP", true);
        let seeds = [
            node(
                "deployer",
                "DEPLOYER",
                json!([
                    from_ldap("ann"),
                    from_ldap("bob"),
                    from_ldap("cid"),
                    user("dora", "LOCAL", true),
                    user("eve", "SSO", true),
                    from_ldap("fay"),
                ]),
                ldap(true, true),
            ),
            node(
                "on-demand",
                "AUTOMATION",
                json!([
                    from_ldap("ann"),
                    user("bob", "LDAP", false),
                    user(LOCKED, "LDAP", false),
                    user("cid", "LOCAL", true),
                    user("Dora", "LOCAL", true),
                ]),
                ldap(true, true),
            ),
            node("first-login", "AUTOMATION", json!([from_ldap("ann")]), ldap(true, false)),
            node("closed", "AUTOMATION", json!([from_ldap("ann")]), ldap(false, false)),
        ];
        let mut nodes = Vec::new();
        for (index, seed) in seeds.into_iter().enumerate() {
            let path = folder.path().join(format!("seed-{index}.json"));
            std::fs::write(&path, seed.to_string()).unwrap();
            nodes.push(NodeProcess::start(&["--seed".as_ref(), path.as_os_str()]).await);
        }
        let mut nodes = nodes.into_iter();
        let mut next = || nodes.next().unwrap();
        let installation = Self {
            folder,
            deployer: next(),
            on_demand: next(),
            first_login: next(),
            closed: next(),
            secrets: Vec::new(),
        };
        installation.write("inventory.json", &installation.inventory(directory));
        installation
    }

    fn inventory(&self, directory: &DirectoryAccess) -> Value {
        let infra = |id: &str, node: &NodeProcess| {
            json!({
                "id": id, "stage": "Prod", "automationNodeUrl": node.url,
                "adminApiKey": {"env": format!("KEY_{id}")},
            })
        };
        json!({
            "deployer": {"url": self.deployer.url, "adminApiKey": {"env": "KEY_deployer"}},
            "infrastructures": [
                infra("on-demand", &self.on_demand),
                infra("first-login", &self.first_login),
                infra("closed", &self.closed),
                // Its key is withheld.
                {"id": "silent", "stage": "Prod", "automationNodeUrl": self.closed.url},
            ],
            "requesters": LOGINS,
            "directories": directory.inventory,
        })
    }

    pub(crate) fn write(&self, file: &str, document: &Value) {
        std::fs::write(self.folder.path().join(file), document.to_string()).unwrap();
    }

    fn inventory_path(&self) -> PathBuf {
        self.folder.path().join("inventory.json")
    }

    /// Changes the inventory.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Value)) {
        let text = std::fs::read(self.inventory_path()).unwrap();
        let mut inventory = serde_json::from_slice(&text).unwrap();
        change(&mut inventory);
        self.write("inventory.json", &inventory);
    }

    /// The keys and passwords, as the inventory names them.
    fn environment(&self) -> Vec<(&'static str, &str)> {
        let keys = [
            ("KEY_deployer", self.deployer.key.as_str()),
            ("KEY_on-demand", self.on_demand.key.as_str()),
            ("KEY_first-login", self.first_login.key.as_str()),
            ("KEY_closed", self.closed.key.as_str()),
        ];
        let more = self.secrets.iter().map(|(name, secret)| (*name, secret.as_str()));
        keys.into_iter().chain(more).collect()
    }

    /// Runs a subcommand on the inventory.
    pub(crate) async fn run(&self, subcommand: &str, more: &[&str]) -> (i32, String, String) {
        let inventory = self.inventory_path().display().to_string();
        let arguments = [&[subcommand, "--inventory", &inventory], more].concat();
        let environment = self.environment();
        let (code, output, errors) = run_with(&arguments, &environment, "").await;
        for (_, secret) in environment {
            assert!(!output.contains(secret) && !errors.contains(secret), "R13: {output}{errors}");
        }
        (code, output, errors)
    }

    /// The JSON output of `deployer parity`.
    pub(crate) async fn report(&self) -> Value {
        let (code, output, errors) = self.run("parity", &["--output", "json"]).await;
        assert_eq!((code, errors.as_str()), (1, ""), "{output}");
        serde_json::from_str(&output).unwrap()
    }
}

/// The directory as mock nodes see it: they do not ask an LDAP server.
fn people() -> Value {
    let known = PEOPLE.iter().filter(|(login, _, _)| *login != "hal");
    known.map(|(login, _, groups)| json!({"login": login, "groups": groups})).collect()
}

/// The directory as an export.
pub(crate) fn ldif() -> String {
    let mut text = String::from("dn: dc=example,dc=test\nobjectClass: organization\n\n");
    for (login, unit, _) in PEOPLE {
        text += &format!(
            "dn: uid={login},ou={unit},dc=example,dc=test\nobjectClass: posixAccount\nuid: {login}\ncn: {login}\nmodifyTimestamp: 20260101000000Z\n"
        );
        if login == LOCKED {
            text += "pwdAccountLockedTime: 000001010000Z\n";
        }
        text.push('\n');
    }
    for group in ["deployers", "visitors"] {
        text +=
            &format!("dn: cn={group},dc=example,dc=test\nobjectClass: posixGroup\ncn: {group}\n");
        let mut members: Vec<&str> = PEOPLE
            .iter()
            .filter(|(_, _, groups)| groups.contains(&group))
            .map(|(login, _, _)| *login)
            .collect();
        members.dedup();
        for member in members {
            text += &format!("memberUid: {member}\n");
        }
        text.push('\n');
    }
    text
}
