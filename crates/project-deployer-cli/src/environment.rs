//! What a process finds around itself. Everything else takes it as data.

use std::env::{self, VarError};

use crate::deployer_access::{ApiKeyText, Environment};

/// A variable of the environment; none where it is not set.
///
/// # Errors
///
/// It is no text.
#[expect(clippy::disallowed_methods, reason = "the one place of a command that reads them")]
pub(crate) fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(format!("the environment variable `{name}` is not UTF-8; set it again"))
        }
    }
}

/// What this process finds.
///
/// # Errors
///
/// A variable is no text.
pub(crate) fn of_process() -> Result<Environment, String> {
    Ok(Environment {
        url: variable("DKU_DSS_URL")?,
        api_key: variable("DKU_API_KEY")?.map(ApiKeyText::new),
        home: env::home_dir(),
    })
}
