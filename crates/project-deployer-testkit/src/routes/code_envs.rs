//! Code environments (wire-facts 3.4).

use serde_json::{Value, json};

use super::Fetched;
use crate::answer::{Answer, Refusal, report};
use crate::api::{ApiCall, Routes};
use crate::seed::{CodeEnvLanguage, MockCodeEnv, Quirk};
use crate::state::NodeState;

const INSTALLATION_LOG: &str = "install.log";

pub(super) fn routes() -> Routes {
    const ONE: &str = "/admin/code-envs/{lang}/{name}";
    Routes::of_node()
        .for_admins()
        .get("/admin/code-envs", |node, _| -> Value {
            node.code_envs.values().map(MockCodeEnv::to_json).collect()
        })
        .get("/admin/code-envs/usages", |node, _| Value::from(node.code_env_usages(None)))
        .get(ONE, |node, call| node.code_env_json(call.second_id(), language(call)?))
        .post(ONE, create)
        .put(ONE, save)
        .delete(ONE, remove)
        .post(&format!("{ONE}/packages"), build)
        // Images and notebooks have no effect that the mock shows.
        .post(&format!("{ONE}/images"), |node, call| known(node, call).map(|_| done()))
        .post(&format!("{ONE}/jupyter"), |node, call| known(node, call).map(|_| done()))
        .get(&format!("{ONE}/usages"), usages)
        // An environment has one log, of its installation.
        .get(&format!("{ONE}/logs"), |node, call| {
            known(node, call).map(|_| json!([{"name": INSTALLATION_LOG}]))
        })
        .get(&format!("{ONE}/logs/{{log}}"), log)
        .get(&format!("{ONE}/{{key}}/version"), version)
}

fn done() -> Value {
    json!({"messages": report(&[])})
}

/// The environment that the path names.
fn known<'a>(node: &'a NodeState, call: &ApiCall) -> Answer<&'a MockCodeEnv> {
    node.code_env(call.second_id(), language(call)?)
}

fn create(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let (language, name) = (language(call)?, call.second_id().to_owned());
    let built = !node.has(Quirk::CodeEnvsAreNotBuilt);
    let env = MockCodeEnv { name: name.clone(), language, built };
    node.code_envs.entry((name, language)).or_insert(env);
    Ok(done())
}

/// Keeps the whole definition; name and language stay.
fn save(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let env = known(node, call)?;
    let place = (env.name.clone(), env.language);
    node.code_env_definitions.insert(place, call.object()?);
    node.code_env_json(call.second_id(), language(call)?)
}

fn remove(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let env = known(node, call)?;
    let place = (env.name.clone(), env.language);
    node.code_envs.remove(&place);
    node.code_env_definitions.remove(&place);
    Ok(done())
}

fn build(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let env = known(node, call)?;
    let place = (env.name.clone(), env.language);
    let builds = !node.has(Quirk::CodeEnvsAreNotBuilt);
    if let Some(env) = node.code_envs.get_mut(&place) {
        env.built |= builds;
    }
    Ok(done())
}

fn usages(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let env = known(node, call)?;
    Ok(node.code_env_usages(Some((&env.name, env.language))).into())
}

fn log(node: &mut NodeState, call: &ApiCall) -> Answer<String> {
    let env = known(node, call)?;
    let [_, name, log] = call.ids();
    if log != INSTALLATION_LOG {
        return Err(Refusal::not_found("Log", log));
    }
    let end = if env.built { "Installed" } else { "Not installed yet" };
    Ok(format!("Code environment {name} ({})\n{end}\n", env.language))
}

fn version(node: &mut NodeState, call: &ApiCall) -> Fetched {
    known(node, call)?;
    let [_, _, key] = call.ids();
    let project = node.project(&call.caller, key, "see")?;
    let active = project.active_bundle.as_ref();
    let active = active.ok_or_else(|| Refusal::not_found("Active bundle of project", key))?;
    Ok(json!({"version": format!("v-{active}"), "bundleId": active}))
}

fn language(call: &ApiCall) -> Answer<CodeEnvLanguage> {
    let word = call.id();
    CodeEnvLanguage::parse(word)
        .ok_or_else(|| Refusal::illegal(format!("Unknown code environment language: {word}")))
}
