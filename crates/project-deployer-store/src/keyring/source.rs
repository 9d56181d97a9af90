use std::fmt;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::sync::mpsc;
use std::time::Duration;

use secrecy::SecretString;

use super::{Keyring, KeyringError};

/// How long a command may take to print the keys.
const LONGEST: Duration = Duration::from_secs(30);

/// How many bytes a command may print.
const LARGEST: u64 = 1 << 20;

/// Where keys come from. A store reads them again when it meets a key that it does not know, so that keys can
/// be changed while it is open.
///
/// ```
/// use project_deployer_store::KeySource;
/// let source: KeySource = "env:DEPLOYER_KEY".parse()?;
/// assert_eq!(source, KeySource::Variable("DEPLOYER_KEY".into()));
/// # Ok::<(), project_deployer_store::KeyringError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySource {
    /// A file that only its owner may read: `file:PATH`.
    File(PathBuf),
    /// An environment variable: `env:NAME`.
    Variable(String),
    /// A command that prints the keys, with its arguments, and without a shell: `command:PROGRAM ARGUMENT…`.
    Command(Vec<String>),
}

impl KeySource {
    /// Reads the keys. It blocks: a command may take up to 30 s.
    ///
    /// # Errors
    ///
    /// The source cannot be read, or has no keys.
    pub fn read(&self) -> Result<Keyring, KeyringError> {
        match self {
            Self::File(path) => Keyring::from_file(path),
            Self::Variable(name) => Ok(Keyring::parse(&variable(name)?)?.read_from(self.clone())),
            Self::Command(words) => {
                Ok(Keyring::parse(&printed_by(words)?)?.read_from(self.clone()))
            }
        }
    }
}

impl FromStr for KeySource {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        let malformed = || KeyringError::Source { text: text.to_owned() };
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Variable(name.to_owned())),
            Some(("command", line)) => {
                let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
                if words.is_empty() { Err(malformed()) } else { Ok(Self::Command(words)) }
            }
            _ => Err(malformed()),
        }
    }
}

/// Without the arguments of a command, which may be secret.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "key file {}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Command(words) => write!(f, "command `{}`", program(words)),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySource({self})")
    }
}

fn program(words: &[String]) -> &str {
    words.first().map_or("", String::as_str)
}

#[expect(clippy::disallowed_methods, reason = "the host names the variable")]
fn variable(name: &str) -> Result<SecretString, KeyringError> {
    let found = std::env::var(name).ok().filter(|text| !text.is_empty());
    let found = found.ok_or_else(|| KeyringError::Variable { name: name.to_owned() })?;
    Ok(SecretString::from(found))
}

/// What a command prints. Its standard error is that of this process, so that it may ask for a password.
fn printed_by(words: &[String]) -> Result<SecretString, KeyringError> {
    let failed = |why: String| KeyringError::Command { program: program(words).to_owned(), why };
    let mut command = Command::new(program(words));
    command.args(words.get(1..).unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let printed = output_of(&mut child);
    if printed.is_none() {
        // It may have ended already.
        let _ = child.kill();
    }
    let ended = child.wait().map_err(|error| failed(error.to_string()))?;
    match printed {
        None => Err(failed(format!("it did not end within {} s", LONGEST.as_secs()))),
        Some(_) if !ended.success() => Err(failed(ended.to_string())),
        Some(text) => Ok(text),
    }
}

/// What a process prints until it closes its output; none if that takes too long.
fn output_of(child: &mut Child) -> Option<SecretString> {
    let output = child.stdout.take()?;
    let (sender, printed) = mpsc::channel();
    let read = move || {
        let mut text = String::new();
        let read = output.take(LARGEST).read_to_string(&mut text);
        // The receiver may have given up.
        let _ = sender.send(SecretString::from(text));
        read.map(|_| ())
    };
    std::thread::Builder::new().name("key-command".to_owned()).spawn(read).ok()?;
    printed.recv_timeout(LONGEST).ok()
}

#[cfg(test)]
mod tests;
