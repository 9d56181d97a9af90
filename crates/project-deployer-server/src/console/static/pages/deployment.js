import { follow, get, list, post, read, remove, save } from "../api.js";
import { badge, button, choice, dangerous, facts, form, h, link, notice, path, table, time } from "../dom.js";
import { promotion, update } from "./plan.js";
import { later, outsideWindows } from "./windows.js";

/** A deployment: its health, its updates, and what can be done with it. */
export async function deployment({ again, refresh, ending, isCurrent, main }, id) {
  const at = path("deployments", id);
  const [one, updates, scheduled] = await Promise.all([get(at), get(`${at}/updates?limit=20`), get("/scheduled-updates")]);
  const bundles = (await list(`${path("projects", one.project)}/bundles`)).sort((a, b) => b.publishedOn - a.publishedOn);
  const running = updates.items.find(update => update.status === "RUNNING");
  const refused = h("section", { className: "banner", hidden: true });
  const start = async body => {
    // No refresh takes the place away where a refusal is shown.
    refused.dataset.busy = "";
    let begun;
    try {
      begun = await post(`${at}/updates`, body);
      refused.hidden = true;
    } catch (problem) {
      if (problem.code !== "outside-window") throw problem;
      refused.replaceChildren(...await outsideWindows(problem, { at, one, body, start, again }));
      refused.hidden = false;
      return;
    } finally {
      if (refused.hidden) delete refused.dataset.busy;
    }
    notice("");
    await again();
    // One that ended before the page was drawn is followed by nothing.
    if (!main.dataset.update && (await get(`${at}/updates/${begun.start}`)).status !== "RUNNING") notice("The update has ended.");
  };
  const succeeded = updates.items.filter(update => update.status === "SUCCESS" || update.status === "WARNING");
  const previous = succeeded.map(update => update.bundle).find(bundle => bundle && bundle !== one.bundle);
  const health = h("p", {}, "Asking the nodes …");
  const progress = h("div");
  showHealth(at, health, isCurrent);
  if (updates.items.length > 0) showUpdate(at, updates.items[0], progress, { ending, isCurrent, refresh, running, main });
  return [
    h("h1", {}, id),
    health,
    facts([
      ["Project", link(path("projects", one.project), one.project)], ["Bundle", one.bundle],
      ["Infrastructure", link(path("infrastructures", one.infrastructure), one.infrastructure)], ["Stage", one.stage],
      ["Project on the nodes", one.deployedAs], ["Tags", one.tags.join(", ")], ["Changed by", one.modifiedBy],
    ]),
    h("h2", {}, "Update"),
    running
      ? h("div", { className: "actions" }, h("p", {}, "An update to ", running.bundle, " is running."),
        dangerous("Cancel the update", "Cancel the update? What was written on the nodes stays.", async () => {
          await remove(`${at}/updates/${running.start}`);
          notice("The update ends within 30 seconds.");
        }))
      : h("div", { className: "actions" },
        form("Update", [choice("Bundle", bundles.map(bundle => bundle.id), { name: "bundle", value: one.bundle })], start, { className: "actions" }),
        previous && button(`Roll back to ${previous}`, () => start({ bundle: previous }))),
    refused,
    update(at, { one, bundles, start }),
    promotion(at),
    later(at, scheduled.items.find(waits => waits.deployment === id), { running, again }),
    progress,
    table("Updates", ["Begun", "Status", "Bundle", "Asked for by", "Nodes"], updates.items.map(update => [
      time(update.start), badge(update.status), update.bundle, update.requester,
      update.nodes.map(node => `${node.node}: ${node.before ?? "–"} → ${node.after ?? node.state}`).join("; "),
    ]), "no update yet."),
    settings(at, again),
    h("div", { className: "actions" }, dangerous("Delete the deployment", `Delete ${id}? The project stays on its nodes.`, async () => {
      await remove(at);
      location.hash = "#/";
    })),
  ];
}

async function showHealth(at, place, isCurrent) {
  try {
    const status = await get(`${at}/status`);
    if (!isCurrent()) return;
    place.replaceChildren(badge(status.health), ...status.messages.map(message => h("span", {}, ` ${message.text} `)));
  } catch (problem) {
    place.textContent = problem.message;
  }
}

/** The end of a log that a node keeps. */
const nodeLog = ({ of, name, text, cut }) => h("details", {},
  h("summary", {}, `${cut ? "End of the log" : "Log"} of ${of}`), h("pre", { tabIndex: 0, "aria-label": name }, text || "for administrators of the infrastructure"));

/** The steps and the log of an update, live while it runs. */
async function showUpdate(at, update, place, { ending, isCurrent, refresh, running, main }) {
  const here = `${at}/updates/${update.start}`;
  const log = h("pre", { tabIndex: 0, "aria-label": "Log of the update" });
  const steps = h("div");
  place.replaceChildren(h("h2", {}, "Last update"), steps, h("details", { open: Boolean(running) }, h("summary", {}, "Log"), log));
  const redraw = async () => {
    const details = await get(here);
    if (!isCurrent()) return;
    steps.replaceChildren(
      details.reason ? h("p", { role: "alert" }, badge(details.status), ` ${details.reason}`) : h("p", {}, badge(details.status)),
      ...details.nodes.map(node => table(`Steps on ${node.node}`, ["Step", "Result", "Begun", "Reason"],
        node.steps.map(step => [step.title, badge(step.outcome), time(step.started), [step.reason ?? "", step.logs.map(nodeLog)]]))));
  };
  if (!running) {
    const part = await get(`${here}/log`);
    log.textContent = part.lines.join("\n");
    return redraw();
  }
  // One stream for an update, however often the page is drawn.
  const key = `${update.start}`;
  if (main.dataset.update === key && main.streamed) { main.streamed.targets = { log, redraw }; log.textContent = main.streamed.text; return redraw(); }
  const streamed = { text: "", targets: { log, redraw } };
  main.dataset.update = key;
  main.streamed = streamed;
  const stop = follow(`${here}/events`, {
    // A stream that is opened again begins with the first line.
    reset: () => { streamed.text = streamed.targets.log.textContent = ""; },
    log: ({ lines }) => {
      streamed.text += lines.join("\n") + "\n";
      streamed.targets.log.textContent = streamed.text;
      streamed.targets.redraw();
    },
    end: () => { stop(); delete main.dataset.update; notice("The update has ended."); refresh(); },
  });
  ending(() => { stop(); delete main.dataset.update; });
  return redraw();
}

function settings(at, again) {
  const text = h("textarea", { name: "settings", "aria-label": "Settings as JSON", spellcheck: false });
  let shown;
  return h("details", { async ontoggle(event) {
    if (!event.target.open) return;
    shown = await read(`${at}/settings`);
    text.defaultValue = JSON.stringify(shown.document, null, 2);
  } }, h("summary", {}, "Settings"), form("Save", [text], async values => {
    await save(`${at}/settings`, JSON.parse(values.settings), shown.version);
    await again();
    notice("The settings are saved. They count from the next update on.");
  }, { className: "" }));
}

/** The updates of all deployments. */
export async function history() {
  const { items } = await get("/updates?limit=100");
  return [h("h1", {}, "History"), table("Updates that have ended", ["Deployment", "Begun", "Status", "Bundle", "Infrastructure", "Asked for by"],
    items.map(update => [
      update.deploymentExists ? link(path("deployments", update.deployment), update.deployment) : update.deployment,
      time(update.start), badge(update.status), update.bundle, update.infrastructure, update.requester,
    ]), "no update yet.")];
}
