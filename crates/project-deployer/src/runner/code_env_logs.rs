//! What nodes write to the logs of code environments while they preload a bundle.

use std::time::Duration;

use project_deployer_client::AutomationNode;
use project_deployer_core::node::{CodeEnv, CodeEnvLog};
use tokio::time::{Instant, timeout, timeout_at};

use super::redaction::without_secrets;
use crate::update::StepLog;

/// How many logs one step keeps, and how many bytes of the end of each.
const MOST_LOGS: usize = 8;
const MOST_BYTES: usize = 16 * 1024;
/// A log that is larger, as the node lists it, is not read.
const LARGEST_LOG: u64 = 32 * 1024 * 1024;
/// How long logs are waited for, before a step and after it. They are no part of its outcome.
const PATIENCE: Duration = Duration::from_secs(20);

/// The logs of the code environments of a bundle, as they were before a step.
pub(super) struct CodeEnvLogs {
    /// None where they are unknown.
    envs: Vec<(CodeEnv, Option<Vec<CodeEnvLog>>)>,
}

impl CodeEnvLogs {
    /// Notes which logs there are. An environment that was missing at the start of the update has none that counts, even
    /// if a first attempt of the step has made it.
    pub(super) async fn before(
        node: &dyn AutomationNode,
        needed: &[CodeEnv],
        missing: &[CodeEnv],
    ) -> Self {
        let deadline = Instant::now() + PATIENCE;
        let mut envs = Vec::with_capacity(needed.len());
        for env in needed {
            let listed = if missing.contains(env) {
                Some(Vec::new())
            } else {
                timeout_at(deadline, node.code_env_logs(env)).await.ok().and_then(Result::ok)
            };
            envs.push((env.clone(), listed));
        }
        Self { envs }
    }

    /// The newest of the logs that are new or were written to. The step does not depend on them: what cannot be read in time
    /// is left out.
    pub(super) async fn written(self, node: &dyn AutomationNode) -> Vec<StepLog> {
        let mut logs = Vec::new();
        // What was read so far stays.
        let _ = timeout(PATIENCE, self.read(node, &mut logs)).await;
        logs
    }

    async fn read(self, node: &dyn AutomationNode, logs: &mut Vec<StepLog>) {
        let mut candidates = Vec::new();
        for (env, before) in self.envs {
            match node.code_env_logs(&env).await {
                Ok(listed) => {
                    let written = written(listed, before.as_deref()).into_iter();
                    candidates.extend(written.map(|log| (env.clone(), log)));
                }
                Err(error) => {
                    tracing::debug!(%env, %error, "the logs of a code environment cannot be read");
                }
            }
        }
        for (env, log) in newest(candidates, MOST_LOGS) {
            match node.code_env_log(&env, &log.name).await {
                Ok(text) => logs.push(kept(&env, log.name, &text)),
                Err(error) => {
                    tracing::debug!(%env, %error, "a log of a code environment cannot be read");
                }
            }
        }
    }
}

/// The logs that are new or were written to, as far as the lists show it. Of those of which nobody knows whether they
/// changed, the newest one counts.
fn written(listed: Vec<CodeEnvLog>, before: Option<&[CodeEnvLog]>) -> Vec<CodeEnvLog> {
    let small = |log: &CodeEnvLog| log.size.is_none_or(|size| size <= LARGEST_LOG);
    let (mut changed, mut unknown) = (Vec::new(), Vec::new());
    for log in listed.into_iter().filter(small) {
        match before {
            None => unknown.push(log),
            Some(before) if !before.contains(&log) => changed.push(log),
            // Its name alone does not show whether it was written to.
            Some(_) if log.last_modified.is_none() && log.size.is_none() => unknown.push(log),
            Some(_) => {}
        }
    }
    if changed.is_empty() {
        changed
            .extend(newest(unknown.into_iter().map(|log| ((), log)).collect(), 1).map(|it| it.1));
    }
    changed
}

/// The logs that were written to last; where the node reports no time, the last ones of its list.
fn newest<T>(mut logs: Vec<(T, CodeEnvLog)>, most: usize) -> impl Iterator<Item = (T, CodeEnvLog)> {
    logs.sort_by_key(|(_, log)| log.last_modified);
    let surplus = logs.len().saturating_sub(most);
    logs.into_iter().skip(surplus)
}

/// The end of a log, from the beginning of a line on.
fn kept(env: &CodeEnv, name: String, text: &str) -> StepLog {
    let clean = without_secrets(text);
    let start = clean.len().saturating_sub(MOST_BYTES);
    let cut = start > 0;
    let end = clean.get(clean.ceil_char_boundary(start)..).unwrap_or_default();
    let end = if cut { end.split_once('\n').map_or(end, |(_, rest)| rest) } else { end };
    StepLog { of: env.to_string(), name, text: end.to_owned(), cut }
}

#[cfg(test)]
mod tests {
    use project_deployer_client::MockAutomationNode;
    use project_deployer_client::{NodeError, NodeErrorKind};

    use super::*;

    fn log(name: &str, modified: i64) -> CodeEnvLog {
        CodeEnvLog::new(name).with_last_modified(Some(modified)).with_size(Some(1))
    }

    fn names(logs: &[CodeEnvLog]) -> Vec<&str> {
        logs.iter().map(|log| log.name.as_str()).collect()
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

    #[test]
    fn where_the_logs_before_are_unknown_only_the_newest_one_counts() {
        let listed = || vec![log("new", 9), log("old", 1), log("older", 0)];
        assert_eq!(names(&written(listed(), None)), ["new"]);
        assert_eq!(
            names(&written(listed(), Some(&[log("old", 1), log("new", 5)]))),
            ["new", "older"]
        );
        let mut large = log("large", 10);
        large.size = Some(LARGEST_LOG + 1);
        assert!(written(vec![large], Some(&[])).is_empty(), "it is not read");
    }

    #[test]
    fn a_log_that_is_listed_by_its_name_alone_may_have_been_written_to() {
        let listed = || vec![CodeEnvLog::new("a"), CodeEnvLog::new("b")];
        assert_eq!(names(&written(listed(), Some(&listed()))), ["b"]);
        assert_eq!(names(&written(listed(), Some(&[CodeEnvLog::new("b")]))), ["a"]);
    }

    #[tokio::test]
    async fn an_environment_that_cannot_be_read_ends_nothing_and_the_newest_logs_are_read() {
        let envs = ["bad", "good"].map(|name| CodeEnv::new(name, "PYTHON"));
        let mut node = MockAutomationNode::new();
        let refuse = |env: &CodeEnv| {
            NodeError::new("node", env.to_string(), NodeErrorKind::Malformed("odd".to_owned()))
        };
        node.expect_code_env_logs().returning(move |env| match env.name.as_str() {
            "bad" => Err(refuse(env)),
            _ => Ok((0..20).map(|n| log(&format!("log{n}"), n)).collect()),
        });
        node.expect_code_env_log().times(MOST_LOGS).returning(|_, log| Ok(log.to_owned()));
        let logs = CodeEnvLogs::before(&node, &envs, &envs).await.written(&node).await;
        let texts: Vec<_> = logs.iter().map(|log| log.text.as_str()).collect();
        assert_eq!(texts, ["log12", "log13", "log14", "log15", "log16", "log17", "log18", "log19"]);
    }
}
