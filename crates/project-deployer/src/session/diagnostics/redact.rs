use serde_json::Value;

/// What stands in the place of a value that is left out.
pub(crate) const LEFT_OUT: &str = "(left out)";

/// Fields that hold variables: the names stay, each value is left out.
const VARIABLES: [&str; 3] = ["localVariables", "variables", "local"];

/// Fields that are left out as a whole.
const WHOLE: [&str; 2] = ["hooks", "code"];

/// Parts of names of fields that hold secrets, in lower case and without separators.
const SECRET: [&str; 8] =
    ["password", "passphrase", "secret", "token", "apikey", "adminkey", "credential", "privatekey"];

/// The document without secrets.
pub(super) fn redacted(value: Value) -> Value {
    each_field(value, field)
}

/// A document whose objects have the fields that `field` makes of theirs.
pub(crate) fn each_field(value: Value, field: fn(&str, Value) -> Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let value = field(&name, value);
                (name, value)
            });
            Value::Object(fields.collect())
        }
        Value::Array(values) => {
            Value::Array(values.into_iter().map(|value| each_field(value, field)).collect())
        }
        other => other,
    }
}

fn field(name: &str, value: Value) -> Value {
    if WHOLE.contains(&name) || is_secret(name) {
        return left_out(value);
    }
    match value {
        Value::Object(fields) if VARIABLES.contains(&name) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, left_out(value))).collect())
        }
        other => redacted(other),
    }
}

/// Whether the name of a field says that its value is a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let name: String = letters.flat_map(char::to_lowercase).collect();
    SECRET.iter().any(|part| name.contains(part))
}

/// Absence stays visible.
pub(crate) fn left_out(value: Value) -> Value {
    if value.is_null() { value } else { Value::from(LEFT_OUT) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_and_values_of_variables_are_left_out_and_names_stay() {
        let document = json!({
            "projectKey": "CHURN",
            "localVariables": {"db": {"password": "a"}, "limit": 1},
            "list": [{"variables": {"x": "b"}, "api-key": "c", "Admin_Key": "d", "tokens": null}],
            "hooks": [{"code": "e"}],
        });
        let expected = json!({
            "projectKey": "CHURN",
            "localVariables": {"db": LEFT_OUT, "limit": LEFT_OUT},
            "list": [{"variables": {"x": LEFT_OUT}, "api-key": LEFT_OUT, "Admin_Key": LEFT_OUT, "tokens": null}],
            "hooks": LEFT_OUT,
        });
        assert_eq!(redacted(document), expected);
    }
}
