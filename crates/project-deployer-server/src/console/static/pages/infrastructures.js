import { get, list, post, read, remove, save as saved } from "../api.js";
import { badge, button, choice, dangerous, facts, field, form, h, link, notice, path, table, tick } from "../dom.js";
import { rotations } from "./rotation.js";
import { windows } from "./windows.js";

const RIGHTS = ["view", "deploy", "admin"];

/** All infrastructures. */
export async function infrastructures({ me, again }) {
  const [all, stages] = await Promise.all([list("/infrastructures"), get("/stages")]);
  return [
    h("h1", {}, "Infrastructures"),
    table("Infrastructures", ["Id", "Stage", "Address", "Deployments", "Fleet"], all.map(one => [
      link(path("infrastructures", one.id), one.id), one.stage, one.address ?? "several nodes", one.deployments.length,
      one.managed ? `${one.managed.fleet}${one.managed.quarantineReason ? ", in quarantine" : ""}` : "",
    ])),
    me.globalAdmin && h("details", {}, h("summary", {}, "Register a node"), form("Create", [
      field("Id", { name: "id", required: true }),
      choice("Stage", stages.items.map(stage => stage.id), { name: "stage" }),
      field("Address of the node", { name: "automationNodeUrl", type: "url", required: true, placeholder: "https://node:11200" }),
      field("Admin API key of the node", { name: "adminApiKey", type: "password", autocomplete: "off", required: true }),
    ], async (values, sent) => {
      await post("/infrastructures", { type: "AUTOMATION_NODE", ...values });
      sent.closest("details").open = false;
      location.hash = "#" + path("infrastructures", values.id);
      await again();
    })),
  ];
}

/** An infrastructure: windows, settings, rights, readiness, parity, keys. */
export async function infrastructure(context, id) {
  const at = path("infrastructures", id);
  const [one, shut] = await Promise.all([get(at), get(`${at}/windows`)]);
  return [
    h("h1", {}, id),
    facts([["Stage", one.stage], ["Address", one.address], ["Kind", one.kind], ["Approval", one.governCheckPolicy],
      ["Managed by fleet", one.managed && `${one.managed.fleet}: ${one.managed.fields.join(", ")} are edited there only`]]),
    one.managed?.quarantineReason && h("p", { role: "alert", className: "banner" },
      `In quarantine, so updates are refused: ${one.managed.quarantineReason}`),
    table("Deployments", ["Deployment"], one.deployments.map(name => [link(path("deployments", name), name)])),
    windows(context, one, shut),
    one.canAdminister ? await administration(context, at, id) : h("p", { className: "soft" }, "You may not see its settings."),
  ];
}

async function administration(context, at, id) {
  const { me, again } = context;
  const [shown, stages, groups, keys] = await Promise.all([
    read(`${at}/settings`), get("/stages"), list("/groups"), rotations(context, at),
  ]);
  const settings = shown.document;
  const save = async change => {
    const document = structuredClone(settings);
    await saved(`${at}/settings`, change(document) ?? document, shown.version);
    await again();
    notice("The settings are saved.");
  };
  return [
    readiness(at),
    me.globalAdmin && parity(at),
    rights(settings.permissions ?? [], groups.map(group => group.name), save),
    h("h2", {}, "Settings"),
    form("Save", [
      choice("Stage", stages.items.map(stage => stage.id), { name: "stage", value: settings.stage }),
      settings.type !== "MULTI_AUTOMATION_NODE" && field("Address of the node", { name: "automationNodeUrl", value: settings.automationNodeUrl ?? "" }),
      settings.type !== "MULTI_AUTOMATION_NODE" && field("New admin API key", { name: "adminApiKey", type: "password", autocomplete: "off", placeholder: "keep the one that is set" }),
      field("Deploy-as user", { name: "deployAsUser", value: settings.deployAsUser ?? "" }),
      h("div", { className: "wide" }, tick("An update adds the objects that a bundle authorizes to those of the node", {
        name: "mergeAuthorizedObjects", checked: settings.mergeAuthorizedObjects === true,
      })),
    ], values => save(document => {
      for (const [name, value] of Object.entries(values)) if (value !== "" || name === "deployAsUser") document[name] = value;
      if (!document.deployAsUser) delete document.deployAsUser;
    })),
    hooks(at, settings.hooks),
    keys,
    raw(settings, save),
    h("div", { className: "actions" }, dangerous("Delete the infrastructure", `Delete ${id}?`, async () => {
      await remove(at);
      location.hash = "#/infrastructures";
    })),
  ];
}

function readiness(at) {
  const result = h("div", { "aria-live": "polite" });
  return h("section", {}, h("h2", {}, "Readiness"), button("Check the nodes", async () => {
    result.textContent = "Asking the nodes …";
    result.dataset.busy = "";
    const { ready, findings } = await get(`${at}/readiness`);
    result.replaceChildren(h("p", {}, ready ? "Nothing blocks a deployment." : "Deployments are blocked."),
      table("Findings", ["Check", "Severity", "Node", "What", "Fix"], findings.map(one => [
        one.check, badge(one.severity), one.node ?? "", one.what, one.fix,
      ])));
  }), result);
}

/** A table of logins and locations, made by a task. */
function parity(at) {
  const result = h("div", { "aria-live": "polite" });
  const run = async (started, show) => {
    result.dataset.busy = "";
    let task = await started;
    while (task.state === "running") {
      result.replaceChildren(h("progress", { max: task.progress.of, value: task.progress.done, "aria-label": "Progress" }), h("p", {}, task.progress.text));
      await new Promise(wait => setTimeout(wait, 500));
      task = await get(`/tasks/${task.id}`);
    }
    result.replaceChildren(...(task.result ? show(task.result) : [h("p", { role: "alert" }, task.error ?? task.state)]));
  };
  const check = () => run(post(`${at}/parity`), parityTable);
  const remedy = apply => run(post(`${at}/remedies`, { apply }), report => [
    table("Calls", ["Call", "Outcome"], report.outcomes.map(one => [JSON.stringify(one.write), one.outcome.outcome])),
    ...parityTable(report.after ?? report.before),
  ]);
  return h("section", {}, h("h2", {}, "Login parity"), h("div", { className: "actions" },
    button("Compare logins", check), button("Show what would be done", () => remedy(false)),
    dangerous("Apply the remedies", "Change accounts on the nodes?", () => remedy(true))), result);
}

function parityTable(result) {
  return [
    table("Logins", ["Login", ...result.locations], result.logins.map(row => [row.login, ...row.statuses.map(badge)])),
    table("Findings", ["Login", "Location", "What", "Fix"], result.findings.map(one => [one.login, one.location, one.text, one.fix])),
    table("What to do", ["Step", "Who"], result.remedies.map(step => [step.text, step.actor === "system" ? "automatic" : "a person"])),
  ];
}

function rights(permissions, groups, save) {
  const right = grant => grant.admin ? "admin" : grant.deploy ? "deploy" : "view";
  const without = group => document => { document.permissions = document.permissions.filter(grant => grant.group !== group); };
  return h("section", {}, h("h2", {}, "Rights"),
    table("Rights of groups", ["Group", "Right", "Actions"], permissions.map(grant => [grant.group, right(grant),
      dangerous("Take away", `Take the rights of ${grant.group} away?`, () => save(without(grant.group)))])),
    form("Grant", [
      choice("Group", groups, { name: "group" }), choice("Right", RIGHTS, { name: "right" }),
    ], ({ group, right }) => save(document => {
      document.permissions = [...(document.permissions ?? []).filter(grant => grant.group !== group),
        { group, read: true, deploy: right !== "view", admin: right === "admin" }];
    })));
}

/** The hooks, each with a trial; they are changed among all settings. */
function hooks(at, configured = {}) {
  const phases = { pre: "pre", post: "post", onFailure: "on-failure" };
  const all = Object.entries(phases).flatMap(([list, phase]) => (configured[list] ?? []).map(hook => ({ phase, ...hook })));
  if (!all.length) return null;
  const result = h("div", { "aria-live": "polite" });
  const attempt = ({ phase, name }) => async () => {
    const { status, message, took } = await post(`${at}/hook-trials`, { phase, hook: name });
    result.replaceChildren(h("p", {}, badge(status), ` ${name}: ${message || "no message"} (${took} ms)`));
  };
  return h("section", {}, h("h2", {}, "Hooks"),
    table("Hooks of updates", ["When", "Hook", "Kind", "Actions"], all.map(hook => [hook.phase, hook.name, hook.type ?? "Python",
      dangerous("Try", `Run ${hook.name} without an update?`, attempt(hook))])), result);
}

function raw(settings, save) {
  const text = h("textarea", { name: "settings", "aria-label": "Settings as JSON", spellcheck: false, value: JSON.stringify(settings, null, 2) });
  return h("details", {}, h("summary", {}, "All settings"), form("Save", [text], values => save(() => JSON.parse(values.settings)), { className: "" }));
}
