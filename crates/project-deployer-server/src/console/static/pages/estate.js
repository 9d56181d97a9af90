import { get, post } from "../api.js";
import { badge, button, choice, dangerous, facts, form, h, link, notice, path, table, tick } from "../dom.js";
import { atATime, scheduledFiles } from "./estate_schedule.js";

/** Kinds of objects, each with the page that its objects are on, if there is one. */
const KINDS = {
  groups: "", users: "", stages: "", fleets: "/fleets", infrastructures: "/infrastructures", windows: "", projects: "/projects", deployments: "/deployments",
};

/** The file, its options, and the plan that was made of it. They stay while the reader looks at an object. */
let draft, planned;

/** The next reader begins anew: nobody sees the file, the plan or the secrets of somebody else. */
export function forgetEstate() {
  draft = { file: "", format: "yaml", deploy: false, acceptWarnings: false, prune: [], secrets: "" };
  planned = undefined;
}
forgetEstate();

/** The whole installation as one file: planned, applied, exported. Only for administrators. */
export async function estate({ me }) {
  if (!me.globalAdmin) return [h("h1", {}, "Estate"), h("p", {}, "Only administrators plan the estate.")];
  const result = h("div", { "aria-live": "polite" });
  const file = h("textarea", { name: "file", rows: 16, spellcheck: false, value: draft.file });
  // It alone is shown again, so that the text of the file stays as the reader has it.
  const waiting = h("section", {});
  const look = async () => waiting.replaceChildren(...await scheduledFiles(look));
  const show = () => result.replaceChildren(...plan(result, show, look));
  const send = async values => {
    read(values);
    await run("/estate/plan", result, {});
    show();
  };
  show();
  await look();
  return [
    h("h1", {}, "Estate"),
    h("p", { className: "soft" }, "One file for groups, users, stages, fleets, infrastructures, windows, projects and deployments. What it does not mention is left alone."),
    h("div", { className: "actions" },
      button("Write the file of what is there", async () => { file.value = (draft.file = await exported(result)); }),
      h("label", { className: "file" }, "Open a file", h("input", { type: "file", accept: ".yaml,.yml,.json,.toml", onchange: opens(file) }))),
    form("Plan", [
      h("label", { className: "wide" }, "File", file),
      choice("Format", ["yaml", "json", "toml"], { name: "format", value: draft.format, onchange: event => { draft.format = event.target.value; } }),
      h("label", { className: "wide" }, "Secrets of the file, one line each: NAME=value or path/to/file=value",
        h("textarea", { name: "secrets", rows: 2, spellcheck: false, autocomplete: "off", className: "short" })),
      tick("Update deployments too", { name: "deploy", checked: draft.deploy }),
      tick("Go on in spite of warnings", { name: "acceptWarnings", checked: draft.acceptWarnings }),
      ...Object.keys(KINDS).map(kind => tick(`Delete ${kind} that the file does not mention`, { name: kind, checked: draft.prune.includes(kind) })),
    ], send),
    result,
    waiting,
  ];
}

function read(values) {
  draft = { ...draft, ...values, prune: Object.keys(KINDS).filter(kind => values[kind]) };
}

const opens = file => async event => {
  const [chosen] = event.target.files;
  if (!chosen) return;
  file.value = draft.file = await chosen.text();
  const format = chosen.name.split(".").pop().replace("yml", "yaml");
  event.target.form?.elements.format && (event.target.form.elements.format.value = format);
  draft.format = format;
};

async function exported(result) {
  const { file, leftOut } = await get(`/estate?format=${draft.format}`);
  planned = undefined;
  result.replaceChildren(table("Left out", ["What"], leftOut.map(what => [what]), "Nothing."));
  return file;
}

/** Every secret is offered by both names that a file may give to it. */
function secrets() {
  const lines = draft.secrets.split("\n").map(line => line.trim()).filter(line => line.includes("="));
  const given = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1)]));
  return { env: given, file: given };
}

/** The file with its options, as the API takes it. */
function request() {
  const { file, format, deploy, acceptWarnings, prune } = draft;
  return { file, format, deploy, acceptWarnings, prune, secrets: secrets() };
}

/** Sends the file. The result is its plan. */
async function run(route, result, more) {
  planned = undefined;
  planned = await ended(await post(route, { ...request(), ...more }), result);
}

/** The result of a task, when it has ended. */
async function ended(task, result) {
  while (task.state === "running") {
    result.replaceChildren(h("p", { role: "status" }, task.progress.text));
    await new Promise(wait => setTimeout(wait, 300));
    task = await get(path("tasks", task.id));
  }
  if (!task.result) throw new Error(task.error ?? task.state);
  return task.result;
}

function plan(result, show, look) {
  if (!planned) return [];
  const { changes, notes, blockers, blockersByWindows, applied, digest } = planned;
  const apply = async () => { await run("/estate/apply", result, { digest }); show(); };
  const schedule = async when => {
    try {
      const { id, at } = await ended(await post("/estate/scheduled", { ...when, estate: { ...request(), digest } }), result);
      planned = undefined;
      notice(`File ${id} is applied at ${new Date(at).toLocaleString()}.`);
      await look();
    } catch (problem) {
      notice(problem.message);
    } finally {
      show();
    }
  };
  const canWait = !applied && changes.length > 0 && blockers === blockersByWindows;
  const words = blockers ? `${counted(blockers, "blocker")}: nothing can be applied${canWait ? " now, and at a time in a window it can." : "."}`
    : changes.length ? `${counted(changes.length, "change")}.` : "No difference.";
  return [
    h("h2", {}, applied ? "Applied" : "Plan"),
    h("p", { role: "status" }, applied ? `${counted(applied.changes, "change")}, ${counted(applied.updates.length, "update")}.` : words),
    changes.length > 0 && table("Changes", ["Object", "Action", "Fields"], changes.map(row)),
    notes.length > 0 && table("Notes", ["Object", "Severity", "What", "Fix"],
      notes.map(note => [object(note), badge(note.severity), note.what, note.hint])),
    applied?.updates.length > 0 && table("Updates", ["Deployment", "Status"],
      applied.updates.map(update => [link(path("deployments", update.deployment), update.deployment), badge(update.status ?? update.error)])),
    !applied && changes.length > 0 && !blockers && h("div", { className: "actions" },
      dangerous("Apply", `Make ${counted(changes.length, "change")}?`, apply)),
    canWait && atATime(schedule, draft.deploy),
    facts([["Digest", digest]]),
  ].filter(Boolean);
}

const row = change => [object(change), change.action, h("ul", { className: "plain" }, change.fields.map(field =>
  h("li", {}, h("code", {}, field.field), " ", value(field.from), isThere(field.from) && " → ", value(field.to))))];

const isThere = text => text !== undefined && text !== null;
const value = text => isThere(text) ? h("span", {}, String(text)) : "";
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

const object = ({ kind, id }) => id && KINDS[kind] ? link(`${KINDS[kind]}/${encodeURIComponent(id)}`, `${kind} ${id}`) : `${kind} ${id}`.trim();
