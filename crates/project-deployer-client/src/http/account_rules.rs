use std::collections::BTreeSet;

use futures::join;
use project_deployer_core::{Timestamp, UnknownFields};
use serde::Deserialize;
use serde_json::Value;

use super::node::HttpNode;
use crate::error::{NodeError, NodeErrorKind};
use crate::node_accounts::{AccountRules, SupplierRules};
use crate::request::{administration, keys, suppliers};

impl HttpNode {
    /// What the settings of suppliers, the licence and the list of keys say. A node that answers the
    /// first of these calls with a refusal is asked for the rest; one that does not answer is not.
    pub(super) async fn rules_for_accounts(&self) -> Result<AccountRules, NodeError> {
        let sso = match self.call(&suppliers::sso_settings()).await {
            Ok(document) => Ok(supplier_rules(&document)),
            Err(error) if is_answer(&error.kind) => Err(error.kind),
            Err(error) => return Err(error),
        };
        let requests =
            (suppliers::azure_ad_settings(), administration::licensing(), keys::global());
        let (azure_ad, licence, keys) =
            join!(self.call(&requests.0), self.call(&requests.1), self.json(&requests.2));
        Ok(AccountRules {
            sso,
            azure_ad: azure_ad.map(|document| supplier_rules(&document)).map_err(kind),
            profiles: licence.map_err(kind).and_then(|licence| profiles(&licence)),
            ending_keys: keys.map(|keys: Vec<EndingKey>| ending(&keys)).map_err(kind),
        })
    }
}

/// Of a global API key only when it ends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndingKey {
    id: String,
    /// In milliseconds; 0 and null mean never.
    #[serde(default)]
    expires_on: Option<i64>,
}

fn kind(error: NodeError) -> NodeErrorKind {
    error.kind
}

/// Whether it is about this one call: a node, or a proxy in front of it, may lack it in many ways. What
/// is not would meet the other calls, too.
fn is_answer(kind: &NodeErrorKind) -> bool {
    !matches!(
        kind,
        NodeErrorKind::Unreachable
            | NodeErrorKind::Tls(_)
            | NodeErrorKind::AddressRefused(_)
            | NodeErrorKind::TimedOut(_)
            | NodeErrorKind::Interrupted
            | NodeErrorKind::Unauthorized(_)
    )
}

/// The names of the fields are those of the LDAP settings, where the sources show no other.
fn supplier_rules(document: &UnknownFields) -> SupplierRules {
    let flag = |names: &[&str]| names.iter().find_map(|name| document.get(name)?.as_bool());
    SupplierRules {
        enabled: flag(&["enabled"]) == Some(true),
        provisions_at_login: flag(&["autoProvisionUsersAtLoginTime", "autoImportUsers"]),
        syncs_at_login: flag(&["autoSyncUsersAtLoginTime"]),
        provisions_on_demand: flag(&["allowOnDemandUsersProvisioning"]),
        syncs_on_demand: flag(&["allowOnDemandUsersSync"]),
    }
}

/// `limits.licensedProfiles` is a list of names, or an object of them.
fn profiles(licence: &UnknownFields) -> Result<BTreeSet<String>, NodeErrorKind> {
    match licence.get("limits").and_then(|limits| limits.get("licensedProfiles")) {
        Some(Value::Object(by_name)) => Ok(by_name.keys().cloned().collect()),
        Some(Value::Array(names)) => {
            Ok(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
        }
        _ => Err(NodeErrorKind::Malformed("the licence names no profiles".to_owned())),
    }
}

fn ending(keys: &[EndingKey]) -> Vec<(String, Timestamp)> {
    let end = |key: &EndingKey| {
        let end = key.expires_on.filter(|end| *end > 0)?;
        Some((key.id.clone(), Timestamp::from_millis(end)))
    };
    keys.iter().filter_map(end).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(value: Value) -> UnknownFields {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn settings_of_a_supplier_say_what_they_say_and_no_more() {
        // wire-facts 5.6
        let sso = supplier_rules(&document(json!({"enabled": true, "protocol": "SAML",
            "autoProvisionUsersAtLoginTime": false, "autoSyncUsersAtLoginTime": true})));
        let wanted = SupplierRules {
            enabled: true,
            provisions_at_login: Some(false),
            syncs_at_login: Some(true),
            ..SupplierRules::default()
        };
        assert_eq!(sso, wanted);
        let malformed =
            supplier_rules(&document(json!({"enabled": null, "autoImportUsers": "yes"})));
        assert_eq!(malformed, SupplierRules::default());
    }

    #[test]
    fn profiles_are_a_list_or_an_object() {
        for profiles in [json!(["READER", "EXPLORER"]), json!({"READER": {}, "EXPLORER": {}})] {
            let licence = document(json!({"limits": {"licensedProfiles": profiles}}));
            let found: Vec<String> = super::profiles(&licence).unwrap().into_iter().collect();
            assert_eq!(found, ["EXPLORER", "READER"]);
        }
        assert!(profiles(&document(json!({"limits": null}))).is_err());
    }

    #[test]
    fn a_call_that_a_node_lacks_is_about_that_call_alone() {
        let text = String::new;
        for about_one in [
            NodeErrorKind::UnexpectedServer(text()),
            NodeErrorKind::Failed { status: 500, message: text() },
            NodeErrorKind::Malformed(text()),
            NodeErrorKind::Empty,
            NodeErrorKind::NotFound(text()),
        ] {
            assert!(is_answer(&about_one), "{about_one}");
        }
        for about_all in [NodeErrorKind::Unreachable, NodeErrorKind::Unauthorized(text())] {
            assert!(!is_answer(&about_all), "{about_all}");
        }
    }

    #[test]
    fn only_keys_that_end_are_told_and_no_secret() {
        // R13
        let keys: Vec<EndingKey> = serde_json::from_value(json!([
            {"id": "a", "key": "canary-4711", "expiresOn": 0},
            {"id": "b", "key": "canary-4711", "expiresOn": 5},
        ]))
        .unwrap();
        let found = ending(&keys);
        assert_eq!(found, [("b".to_owned(), Timestamp::from_millis(5))]);
        assert!(!format!("{found:?}").contains("canary-4711"));
    }
}
