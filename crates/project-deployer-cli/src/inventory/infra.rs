use project_deployer::core::document::Document as _;
use project_deployer::core::infra::InfraSettings;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::secret::SecretsBeside;

/// The field of a settings document that holds a key.
const KEY: &str = "adminApiKey";

/// Reads one infrastructure: the product's settings document, in which a key field says where the key
/// is.
///
/// # Errors
///
/// A key is missing, or a field is unknown or invalid.
pub(super) fn read(
    mut document: Value,
    secrets: &SecretsBeside<'_>,
) -> Result<InfraSettings, String> {
    put_keys(&mut document, secrets)?;
    let settings =
        InfraSettings::from_document(document).map_err(|problems| problems.to_string())?;
    // A Deployer keeps unknown fields. In a file that a person wrote, they are misspellings.
    let members = settings.target.entries().iter().flat_map(|entry| entry.extra.names());
    let unknown: Vec<String> =
        settings.extra.names().chain(members).map(|name| format!("`{name}`")).collect();
    if unknown.is_empty() {
        settings.validate_fields().map_err(|problems| format!("`{}`: {problems}", settings.id))?;
        return Ok(settings);
    }
    let unknown = unknown.join(", ");
    Err(format!("`{}` has unknown fields: {unknown}; correct or remove them", settings.id))
}

fn put_keys(document: &mut Value, secrets: &SecretsBeside<'_>) -> Result<(), String> {
    put_key(document, secrets)?;
    let members = document.get_mut("automationNodes").and_then(Value::as_array_mut);
    for (index, member) in members.into_iter().flatten().enumerate() {
        put_key(member, secrets).map_err(|fault| format!("automationNodes[{index}].{fault}"))?;
    }
    Ok(())
}

fn put_key(node: &mut Value, secrets: &SecretsBeside<'_>) -> Result<(), String> {
    if let Some(field) = node.get_mut(KEY).filter(|field| !field.is_null()) {
        let key = secrets.find(field).map_err(|fault| format!("{KEY}: {fault}"))?;
        *field = Value::from(key.expose_secret());
    }
    Ok(())
}
