//! Long tasks (wire-facts 1.9).

use serde_json::Value;

use super::Fetched;
use crate::answer::Answer;
use crate::api::{ApiCall, Routes};
use crate::caller::Caller;
use crate::seed::Quirk;
use crate::state::NodeState;
use crate::state::project::Project;

pub(super) fn routes() -> Routes {
    Routes::of_node()
        .get("/futures", list)
        .get("/futures/{id}", |node, call| {
            let forgets = node.has(Quirk::FetchedResultsAreForgotten);
            node.futures.look(call.id(), call.is_set("peek"), forgets)
        })
        .delete("/futures/{id}", |node, call| node.futures.abort(call.id()))
}

impl NodeState {
    /// Answers a task whose effect is there already with its state.
    pub(crate) fn start_task(&mut self, caller: &Caller, result: Answer<Value>) -> Answer<Value> {
        let now = self.clock.now();
        self.futures.start(self.task_polls, caller.name(), now, result)
    }

    /// Answers a task whose result is there at once on nodes without that quirk.
    pub(crate) fn start_task_or_answer(
        &mut self,
        caller: &Caller,
        result: Answer<Value>,
        done: impl FnOnce(&Value) -> Value,
    ) -> Answer<Value> {
        if self.has(Quirk::TasksAnswerFutures) {
            self.start_task(caller, result)
        } else {
            result.map(|result| done(&result))
        }
    }
}

fn list(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let all = call.is_set("allUsers");
    if all {
        call.caller.must_be_admin()?;
    }
    let owner = (!all).then(|| call.caller.name());
    let mut listed = Vec::new();
    if !call.is_off("withNotScenarios") {
        listed = node.futures.list(owner);
    }
    if call.is_set("withScenarios") {
        let seen = node.projects.values().filter(|project| call.caller.has("see", project));
        listed.extend(seen.flat_map(Project::running_scenarios));
    }
    Ok(listed.into())
}
