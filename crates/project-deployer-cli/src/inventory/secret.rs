use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

/// Where a secret is: `{env: NAME}`, `{file: PATH}`, or `{stdin: NAME}`. The secret itself has no
/// place in a file that people show to each other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file that holds nothing else; a line end at its end does not count.
    File(PathBuf),
    /// A line `NAME=SECRET` of standard input.
    Stdin(String),
}

/// The secrets that came by standard input, by their names.
#[derive(Debug, Default)]
pub(crate) struct NamedSecrets(HashMap<String, SecretString>);

/// Reads a variable; none where it is not set, an error where it is no text.
type Environment = fn(&str) -> Result<Option<String>, String>;

/// Finds secrets where an inventory says that they are.
#[derive(Debug)]
pub(crate) struct Secrets {
    by_stdin: NamedSecrets,
    environment: Environment,
}

/// The same, for the files beside an inventory.
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
    /// Reads lines `NAME=SECRET` to the end. Blank lines do not count.
    ///
    /// # Errors
    ///
    /// They cannot be read, or a line is another one; its text is not told.
    pub(crate) fn read(mut input: impl Read) -> Result<Self, String> {
        let mut text = String::new();
        input
            .read_to_string(&mut text)
            .map_err(|error| format!("standard input cannot be read: {error}"))?;
        let mut secrets = HashMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let Some((name, secret)) = line.split_once('=') else {
                let line = index + 1;
                return Err(format!("line {line} of standard input is not `NAME=SECRET`"));
            };
            secrets.insert(name.trim().to_owned(), SecretString::from(secret));
        }
        Ok(Self(secrets))
    }
}

impl Secrets {
    /// Secrets from an environment, files, and what came by standard input.
    pub(crate) fn new(by_stdin: NamedSecrets, environment: Environment) -> Self {
        Self { by_stdin, environment }
    }

    pub(super) fn beside<'a>(&'a self, folder: &'a Path) -> SecretsBeside<'a> {
        SecretsBeside { secrets: self, folder }
    }
}

impl SecretsBeside<'_> {
    /// The secret that a field says the place of.
    ///
    /// # Errors
    ///
    /// The field is the secret itself or no place, or there is nothing at that place.
    pub(super) fn find(&self, field: &Value) -> Result<SecretString, String> {
        let remediate = "write `{env: NAME}`, `{file: PATH}` or `{stdin: NAME}`";
        if field.is_string() {
            return Err(format!("a secret does not belong into this file; {remediate}"));
        }
        let source = SecretSource::deserialize(field)
            .map_err(|_| format!("this is not where a secret is; {remediate}"))?;
        match source {
            SecretSource::Env(name) => (self.secrets.environment)(&name)?
                .map(SecretString::from)
                .ok_or_else(|| format!("the environment variable `{name}` is not set; set it")),
            SecretSource::File(path) => self.in_file(&path),
            SecretSource::Stdin(name) => {
                let secret = self.secrets.by_stdin.0.get(&name).cloned();
                let remediate = "pass `--secrets -` and send a line `NAME=SECRET`";
                secret.ok_or_else(|| format!("standard input has no secret `{name}`; {remediate}"))
            }
        }
    }

    fn in_file(&self, path: &Path) -> Result<SecretString, String> {
        let path = self.path(path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(format!("`{}` is empty; write the secret into it", path.display()));
        }
        Ok(SecretString::from(secret))
    }

    /// A path of the inventory.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
