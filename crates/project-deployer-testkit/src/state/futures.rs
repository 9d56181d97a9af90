use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, done_at_once};

/// The long tasks of a node (wire-facts 1.9). A task has its effect when it starts; what takes
/// time is its answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Futures {
    tasks: BTreeMap<String, Task>,
    started: u32,
}

#[derive(Debug, Clone)]
struct Task {
    owner: String,
    polls_left: u32,
    aborted: bool,
    start: i64,
    result: Answer<Value>,
}

impl Task {
    fn state(&self, id: &str, with_result: bool) -> Value {
        let done = self.aborted || self.polls_left == 0;
        let mut state = json!({
            "jobId": id,
            "hasResult": done,
            "aborted": self.aborted,
            "alive": !done,
            "unknown": false,
            "startTime": self.start,
            "runningTime": 412,
            "owner": self.owner,
        });
        if let Ok(result) = &self.result
            && done
            && with_result
            && !self.aborted
        {
            state["result"] = result.clone();
        }
        state
    }
}

impl Futures {
    /// Starts a task that is polled this many times before it has ended, and returns its state.
    ///
    /// # Errors
    ///
    /// It ends at once and failed.
    pub(crate) fn start(
        &mut self,
        polls: u32,
        owner: &str,
        start: i64,
        result: Answer<Value>,
    ) -> Answer<Value> {
        if polls == 0 {
            return result.map(|result| done_at_once(&result));
        }
        self.started += 1;
        let id = format!("fut_{}", self.started);
        let task =
            Task { owner: owner.to_owned(), polls_left: polls, aborted: false, start, result };
        let state = task.state(&id, false);
        self.tasks.insert(id, task);
        Ok(state)
    }

    /// Looks at a task, and fetches its result unless it only peeks. Each look brings the task one
    /// step closer to its end. Some nodes forget a result once it was fetched.
    ///
    /// # Errors
    ///
    /// The id is not known (any more), or the task failed.
    pub(crate) fn look(&mut self, id: &str, peek: bool, forgets: bool) -> Answer<Value> {
        let task = self.tasks.get_mut(id).ok_or_else(|| no_future(id))?;
        task.polls_left = task.polls_left.saturating_sub(1);
        let is_over = task.polls_left == 0 && !task.aborted;
        let reported = match &task.result {
            Err(refusal) if is_over && !peek => Err(refusal.clone()),
            _ => Ok(task.state(id, !peek)),
        };
        if forgets && is_over && !peek {
            self.tasks.remove(id);
        }
        reported
    }

    pub(crate) fn abort(&mut self, id: &str) -> Answer<()> {
        let task = self.tasks.get_mut(id).ok_or_else(|| no_future(id))?;
        task.aborted = true;
        Ok(())
    }

    /// Those of one owner, or all.
    pub(crate) fn list(&self, owner: Option<&str>) -> Vec<Value> {
        let wanted = |task: &Task| owner.is_none_or(|owner| task.owner == owner);
        let found = self.tasks.iter().filter(|(_, task)| wanted(task));
        found.map(|(id, task)| task.state(id, false)).collect()
    }

    /// From now on every id is unknown.
    pub(crate) fn forget(&mut self) {
        self.tasks.clear();
    }
}

fn no_future(id: &str) -> Refusal {
    Refusal::illegal(format!("There is no future by the id {id}"))
}
