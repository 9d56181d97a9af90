use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::NodeState;
use crate::answer::{Answer, Refusal};
use crate::seed::{MockLdapSettings, Quirk};

/// General settings as they are shipped (wire-facts 5.7), the LDAP part apart. A node that is no
/// Deployer publishes to another one unless a test says otherwise.
pub(crate) fn shipped() -> Map<String, Value> {
    object(json!({
        "deployerClientSettings": {"mode": "REMOTE"},
        "governIntegrationSettings": {"enabled": false},
        "containerSettings": {"executionConfigs": []},
        "impersonation": {"enabled": false, "userRules": [], "groupRules": []},
    }))
}

/// Settings of other suppliers, switched off (wire-facts 5.6).
pub(crate) fn other_suppliers() -> BTreeMap<String, Map<String, Value>> {
    let sso = json!({"enabled": false, "protocol": "SAML", "authorizedGroups": []});
    let azure_ad = json!({"enabled": false, "credentialMethod": "OAUTH2_SECRET"});
    let named = |(name, settings): (&str, Value)| (name.to_owned(), object(settings));
    [("sso-settings", sso), ("azure-ad-settings", azure_ad)].map(named).into()
}

/// The settings of a project that was just created.
pub(crate) fn of_new_project() -> Map<String, Value> {
    object(json!({
        "settings": {
            "codeEnvs": {
                "python": {"mode": "USE_BUILTIN_MODE", "useBuiltinEnv": true},
                "r": {"mode": "USE_BUILTIN_MODE", "useBuiltinEnv": true},
            },
            "container": {"containerMode": "INHERIT"},
            "cluster": {"clusterMode": "INHERIT"},
        },
        "exposedObjects": {"objects": []},
        "bundleContainerSettings": {
            "remapping": {"connections": [], "codeEnvs": [], "containerExecs": []},
            "codeEnvsBehavior": {
                "importTimeMode": "INSTALL_IF_MISS",
                "envImportSpecificationMode": "SPECIFIED",
            },
        },
    }))
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

impl NodeState {
    pub(crate) fn general_settings_json(&self) -> Answer<Value> {
        let mut document = self.general_settings.clone();
        document.insert("ldapSettings".to_owned(), self.ldap_settings_json()?);
        Ok(Value::Object(document))
    }

    /// Replaces the settings. Those that the node does not know are dropped without a word, or kept
    /// (docs/product.md#quirks).
    pub(crate) fn set_general_settings(&mut self, document: &Map<String, Value>) -> Answer<()> {
        if let Some(ldap) = document.get("ldapSettings") {
            self.set_ldap_settings(ldap.clone())?;
        }
        if !self.has(Quirk::UnknownSettingsAreDropped) {
            self.general_settings.clone_from(document);
            self.general_settings.remove("ldapSettings");
            return Ok(());
        }
        for (name, value) in &mut self.general_settings {
            *value = document.get(name).cloned().unwrap_or_default();
        }
        Ok(())
    }

    pub(crate) fn ldap_settings_json(&self) -> Answer<Value> {
        serde_json::to_value(&self.ldap).map_err(|error| Refusal::internal(error.to_string()))
    }

    pub(crate) fn set_ldap_settings(&mut self, document: Value) -> Answer<()> {
        self.ldap = serde_json::from_value::<MockLdapSettings>(document)
            .map_err(|error| Refusal::illegal(format!("LDAP settings: {error}")))?;
        Ok(())
    }
}
