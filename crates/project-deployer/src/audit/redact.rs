//! What records show of documents. Values that may be secret are left out: those of variables, of fields whose name
//! says so, and of every field that this program does not know.

use serde_json::{Map, Value};

use crate::session::{each_field, is_secret, left_out};

/// The fields of our documents that hold no secret. A field with another name is left out, at any depth.
const KNOWN: &[&str] = &[
    "admin",
    "acts_as",
    "automationNodeExternalUrl",
    "automationNodeUrl",
    "automationNodes",
    "autoconfigureFromNodesDirectory",
    "bundle",
    "bundleContainerSettings",
    "bundleId",
    "codeEnvs",
    "codeEnvsBehavior",
    "connections",
    "containerExecs",
    "createdBy",
    "created_by",
    "created_on",
    "deploy",
    "deployAsUser",
    "deployedProjectKey",
    "desc",
    "description",
    "digest",
    "disableAutomaticTriggers",
    "displayName",
    "email",
    "enabled",
    "envImportSpecificationMode",
    "governCheckPolicy",
    "group",
    "groups",
    "id",
    "importTimeMode",
    "includeInfraRemappings",
    "infraId",
    "kind",
    "label",
    "ldapGroupNames",
    "localVariables",
    "login",
    "mayCreateProjects",
    "mayCreatePublishedProjects",
    "mayWriteInRootProjectFolder",
    "mergeAuthorizedObjects",
    "modifiedBy",
    "name",
    "node",
    "nodeId",
    "owner",
    "permissions",
    "permissionsPropagationPolicy",
    "project",
    "projectFolderId",
    "published",
    "publishedBy",
    "publishedOn",
    "publishedProjectKey",
    "read",
    "remapping",
    "rights",
    "scenariosRunAsUser",
    "scenariosToActivate",
    "settings",
    "size",
    "source",
    "sourceType",
    "stage",
    "stages",
    "start",
    "tags",
    "target",
    "trustAllSSLCertificates",
    "type",
    "uid",
    "user",
    "userProfile",
    "webappsRunAsUser",
];

/// Fields whose value is a map with names that callers choose.
const MAPS: [&str; 2] = ["localVariables", "scenariosToActivate"];

/// What differs between two documents: objects field by field, everything else as a whole.
pub(super) fn differences(before: Value, after: Value) -> (Value, Value) {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return (Value::Null, Value::Null);
    };
    let (before, after) = differing(before, after);
    (Value::Object(before), Value::Object(after))
}

fn differing(
    mut before: Map<String, Value>,
    after: Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut old, mut new) = (Map::new(), Map::new());
    for (name, after) in after {
        match (before.remove(&name), after) {
            (Some(Value::Object(before)), Value::Object(after)) if before != after => {
                let (before, after) = differing(before, after);
                old.insert(name.clone(), Value::Object(before));
                new.insert(name, Value::Object(after));
            }
            (Some(before), after) if before == after => {}
            (Some(before), after) => {
                old.insert(name.clone(), before);
                new.insert(name, after);
            }
            (None, after) => {
                new.insert(name, after);
            }
        }
    }
    old.extend(before);
    (old, new)
}

/// The document without values that may be secret.
pub(super) fn redacted(value: Value) -> Value {
    each_field(value, field)
}

fn field(name: &str, value: Value) -> Value {
    if !KNOWN.contains(&name) || is_secret(name) {
        return left_out(value);
    }
    match value {
        Value::Object(fields) if MAPS.contains(&name) => {
            let shown = fields.into_iter().map(|(name, value)| {
                // Whether a scenario is active is no secret; the value of a variable may be one.
                let shown = if value.is_boolean() { value } else { left_out(value) };
                (name, shown)
            });
            Value::Object(shown.collect())
        }
        other => redacted(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::session::LEFT_OUT;

    #[test]
    fn only_what_differs_stays() {
        let before =
            json!({"id": "a", "stage": "Dev", "hooks": {"pre": [1], "post": []}, "gone": 1});
        let after =
            json!({"id": "a", "stage": "Prod", "hooks": {"pre": [2], "post": []}, "new": 2});
        let (old, new) = differences(before, after);
        assert_eq!(old, json!({"stage": "Dev", "hooks": {"pre": [1]}, "gone": 1}));
        assert_eq!(new, json!({"stage": "Prod", "hooks": {"pre": [2]}, "new": 2}));
    }

    #[test]
    fn values_that_may_be_secret_are_left_out_and_names_stay() {
        // R13
        let document = json!({
            "id": "prod", "desc": null, "x-vault": {"id": "canary"}, "adminApiKey": "canary",
            "localVariables": {"password": "canary", "limit": {"id": "canary"}},
            "scenariosToActivate": {"NIGHTLY": true},
            "automationNodes": [{"nodeId": "n1", "headers": {"name": "canary"}}],
        });
        let expected = json!({
            "id": "prod", "desc": null, "x-vault": LEFT_OUT, "adminApiKey": LEFT_OUT,
            "localVariables": {"password": LEFT_OUT, "limit": LEFT_OUT},
            "scenariosToActivate": {"NIGHTLY": true},
            "automationNodes": [{"nodeId": "n1", "headers": LEFT_OUT}],
        });
        assert_eq!(redacted(document), expected);
    }
}
