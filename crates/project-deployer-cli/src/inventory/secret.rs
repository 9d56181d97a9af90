use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

/// Where a secret is: `{env: NAME}`, `{file: PATH}`, or `{stdin: NAME}`. The secret itself does not
/// belong in a file that people share.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file that holds nothing else. A final line break is ignored.
    File(PathBuf),
    /// A line `NAME=SECRET` of standard input.
    Stdin(String),
}

/// Secrets from standard input, by name.
#[derive(Debug, Default)]
pub(crate) struct NamedSecrets(HashMap<String, SecretString>);

/// Reads a variable: none if it is not set, an error if it is not UTF-8.
type Environment = fn(&str) -> Result<Option<String>, String>;

/// Reads secrets from the places that an inventory names.
#[derive(Debug)]
pub(crate) struct Secrets {
    by_stdin: NamedSecrets,
    environment: Environment,
}

/// The same, with paths relative to the folder of an inventory.
pub(super) struct SecretsBeside<'a> {
    secrets: &'a Secrets,
    folder: &'a Path,
}

/// The environment variables that the fields of a document name for secrets.
pub(super) fn variables(document: &Value) -> BTreeSet<String> {
    match document {
        Value::Array(items) => items.iter().flat_map(variables).collect(),
        Value::Object(fields) => {
            let name = fields.get("env").and_then(Value::as_str).filter(|_| fields.len() == 1);
            fields.values().flat_map(variables).chain(name.map(str::to_owned)).collect()
        }
        _ => BTreeSet::new(),
    }
}

impl NamedSecrets {
    /// Reads lines `NAME=SECRET` to the end. Blank lines are ignored.
    ///
    /// # Errors
    ///
    /// They cannot be read, or a line has another form. The error does not show its text.
    pub(crate) fn read(mut input: impl Read) -> Result<Self, String> {
        let mut text = String::new();
        input
            .read_to_string(&mut text)
            .map_err(|error| format!("cannot read standard input: {error}"))?;
        let mut secrets = HashMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let Some((name, secret)) = line.split_once('=') else {
                let line = index + 1;
                return Err(format!(
                    "line {line} of standard input is not of the form `NAME=SECRET`"
                ));
            };
            secrets.insert(name.trim().to_owned(), SecretString::from(secret));
        }
        Ok(Self(secrets))
    }
}

impl Secrets {
    /// Secrets from environment variables, files, and standard input.
    pub(crate) fn new(by_stdin: NamedSecrets, environment: Environment) -> Self {
        Self { by_stdin, environment }
    }

    pub(super) fn beside<'a>(&'a self, folder: &'a Path) -> SecretsBeside<'a> {
        SecretsBeside { secrets: self, folder }
    }
}

impl SecretsBeside<'_> {
    /// Puts secrets into the fields of these names, which say where they are.
    ///
    /// # Errors
    ///
    /// As for [`Self::find`]; the error names the field.
    pub(super) fn put_into(&self, document: &mut Value, names: &[&str]) -> Result<(), String> {
        match document {
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.put_into(item, names)),
            Value::Object(fields) => fields.iter_mut().try_for_each(|(name, field)| {
                if !names.contains(&name.as_str()) || field.is_null() {
                    return self.put_into(field, names);
                }
                let secret = self.find(field).map_err(|what| format!("`{name}`: {what}"))?;
                *field = Value::from(secret.expose_secret());
                Ok(())
            }),
            _ => Ok(()),
        }
    }

    /// The secret whose place a field names.
    ///
    /// # Errors
    ///
    /// The field is the secret itself or not a place, or the place has no secret.
    pub(super) fn find(&self, field: &Value) -> Result<SecretString, String> {
        let hint = "write `{env: NAME}`, `{file: PATH}` or `{stdin: NAME}`";
        if field.is_string() {
            return Err(format!("a secret does not belong in this file; {hint}"));
        }
        let source = SecretSource::deserialize(field)
            .map_err(|_| format!("this is not a place of a secret; {hint}"))?;
        match source {
            SecretSource::Env(name) => (self.secrets.environment)(&name)?
                .map(SecretString::from)
                .ok_or_else(|| format!("the environment variable `{name}` is not set; set it")),
            SecretSource::File(path) => self.in_file(&path),
            SecretSource::Stdin(name) => {
                let secret = self.secrets.by_stdin.0.get(&name).cloned();
                let hint = "pass `--secrets -` and send a line `NAME=SECRET`";
                secret.ok_or_else(|| format!("standard input has no secret `{name}`; {hint}"))
            }
        }
    }

    fn in_file(&self, path: &Path) -> Result<SecretString, String> {
        let path = self.path(path);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            format!("cannot read the secret file `{}`: {error}", path.display())
        })?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(format!(
                "the secret file `{}` is empty; write the secret into it",
                path.display()
            ));
        }
        Ok(SecretString::from(secret))
    }

    /// A path of the inventory.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
