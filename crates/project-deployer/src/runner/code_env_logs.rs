//! What nodes write to the logs of code environments while they preload a bundle.

use project_deployer_client::{AutomationNode, NodeError};
use project_deployer_core::node::{CodeEnv, CodeEnvLog};

use crate::update::StepLog;

/// How many logs one step keeps, and how many bytes of the end of each.
const MOST_LOGS: usize = 8;
const MOST_BYTES: usize = 16 * 1024;

/// The logs of the code environments of a bundle, as they were before a step.
pub(super) struct CodeEnvLogs<'a> {
    node: &'a dyn AutomationNode,
    envs: Vec<(&'a CodeEnv, Vec<CodeEnvLog>)>,
}

impl<'a> CodeEnvLogs<'a> {
    /// Notes which logs there are. An environment that was missing at the start of the update has none that counts, even
    /// if a first attempt of the step has made it.
    pub(super) async fn before(
        node: &'a dyn AutomationNode,
        needed: &'a [CodeEnv],
        missing: &[CodeEnv],
    ) -> Self {
        let mut envs = Vec::new();
        for env in needed {
            let listed = if missing.contains(env) {
                Vec::new()
            } else {
                // A log of which nobody knows whether it changed is kept.
                node.code_env_logs(env).await.unwrap_or_default()
            };
            envs.push((env, listed));
        }
        Self { node, envs }
    }

    /// The logs that are new or were written to. The step does not depend on them: the first one that cannot be read
    /// ends the list.
    pub(super) async fn written(self) -> Vec<StepLog> {
        let mut logs = Vec::new();
        for (env, before) in &self.envs {
            match self.written_of(env, before).await {
                Ok(written) => logs.extend(written),
                Err(error) => {
                    tracing::debug!(%env, %error, "the logs of a code environment cannot be read");
                    break;
                }
            }
        }
        logs.truncate(MOST_LOGS);
        logs
    }

    async fn written_of(
        &self,
        env: &CodeEnv,
        before: &[CodeEnvLog],
    ) -> Result<Vec<StepLog>, NodeError> {
        let mut logs = Vec::new();
        for log in self.node.code_env_logs(env).await? {
            if !before.contains(&log) {
                let text = self.node.code_env_log(env, &log.name).await?;
                logs.push(kept(env, log.name, &text));
            }
        }
        Ok(logs)
    }
}

/// The end of a log, from the beginning of a line on.
fn kept(env: &CodeEnv, name: String, text: &str) -> StepLog {
    let clean = without_passwords(text);
    let start = clean.len().saturating_sub(MOST_BYTES);
    let cut = start > 0;
    let end = clean.get(clean.ceil_char_boundary(start)..).unwrap_or_default();
    let end = if cut { end.split_once('\n').map_or(end, |(_, rest)| rest) } else { end };
    StepLog { of: env.to_string(), name, text: end.to_owned(), cut }
}

/// A text without control characters, and without what stands before an `@` in an address: package indexes have their
/// passwords there.
fn without_passwords(text: &str) -> String {
    let is_printable = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let printable: String = text.chars().filter(is_printable).collect();
    let mut parts = printable.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("://");
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<' | '>');
        let (authority, rest) = part.split_at(part.find(ends).unwrap_or(part.len()));
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                clean.push_str("…@");
                clean.push_str(host);
            }
            None => clean.push_str(authority),
        }
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_of_a_package_index_is_kept() {
        // R13
        for (text, kept) in [
            ("in https://ci:s3cr3t@pypi.example/simple", "in https://…@pypi.example/simple"),
            (
                "--index-url=\"https://t0k3n@pypi.example\" x",
                "--index-url=\"https://…@pypi.example\" x",
            ),
            ("https://a:b@c@host/x and http://plain/y@z", "https://…@host/x and http://plain/y@z"),
            ("mail dana@example.test", "mail dana@example.test"),
            ("bell\u{7} and\ttab\n", "bell and\ttab\n"),
        ] {
            assert_eq!(without_passwords(text), kept);
        }
    }

    #[test]
    fn of_a_long_log_the_last_whole_lines_are_kept() {
        let text: String = (0..5000).map(|n| format!("é line {n}\n")).collect();
        let env = CodeEnv::new("py", "PYTHON");
        let log = kept(&env, "install.log".to_owned(), &text);
        assert!(log.cut && log.text.len() <= MOST_BYTES && log.text.ends_with("line 4999\n"));
        assert!(log.text.starts_with("é line "), "{}", log.text);
        let short = kept(&env, "install.log".to_owned(), "one\ntwo");
        assert_eq!((short.text.as_str(), short.cut), ("one\ntwo", false));
    }
}
