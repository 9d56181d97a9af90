//! What a process finds around itself. Everything else takes it as data.

use std::env;

use crate::deployer_access::{ApiKeyText, Surroundings};

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "the one place of a command that reads them")]
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// What this process finds.
pub(crate) fn of_process() -> Surroundings {
    let filled = |name| variable(name).filter(|value| !value.is_empty());
    Surroundings {
        url: filled("DKU_DSS_URL"),
        api_key: filled("DKU_API_KEY").map(ApiKeyText::new),
        home: env::home_dir(),
    }
}
