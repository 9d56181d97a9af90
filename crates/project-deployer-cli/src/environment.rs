//! The environment of the process. All other code takes it as data.

use std::env::{self, VarError};

use crate::deployer_access::{ApiKeyText, Environment};

/// An environment variable; none if it is not set or empty.
///
/// # Errors
///
/// It is not UTF-8.
#[expect(clippy::disallowed_methods, reason = "the one place of the command that reads variables")]
pub(crate) fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(format!("the environment variable `{name}` is not UTF-8; set it again"))
        }
    }
}

/// The environment of this process.
///
/// # Errors
///
/// A variable is not UTF-8.
pub(crate) fn of_process() -> Result<Environment, String> {
    Ok(Environment {
        url: variable("DKU_DSS_URL")?,
        api_key: variable("DKU_API_KEY")?.map(ApiKeyText::new),
        home: env::home_dir(),
    })
}

/// Who runs the command on this machine, for the audit: `os:` and the login, or the number of the user where no variable
/// has a login. Whoever may read the state could write anything there.
pub(crate) fn operator() -> String {
    let login = ["LOGNAME", "USER"].into_iter().find_map(|name| variable(name).ok().flatten());
    format!("os:{}", login.or_else(user_number).unwrap_or_default())
}

#[cfg(target_os = "linux")]
fn user_number() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|process| process.uid().to_string())
}

#[cfg(not(target_os = "linux"))]
fn user_number() -> Option<String> {
    None
}
