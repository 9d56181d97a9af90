import { get, post, read, remove, save } from "../api.js";
import { badge, button, dangerous, facts, field, form, h, link, notice, path, table, time } from "../dom.js";

const EXAMPLE = {
  id: "cloud-eu",
  source: { kind: "fleet-manager", url: "https://fleet.example", keyId: "", keySecret: "" },
  newInfras: { stage: "Production", permissions: [{ group: "deployers", read: true, deploy: true }] },
};

const state = fleet => fleet.problem ? "failed" : fleet.pending ? "waits for a confirmation" : fleet.read ? "read" : "not read yet";
const quarantined = fleet => fleet.infrastructures.filter(one => one.quarantinedSince !== null);
const infra = id => id ? link(path("infrastructures", id), id) : "";

const json = value => h("textarea", {
  name: "settings", "aria-label": "Settings as JSON", spellcheck: false, value: JSON.stringify(value, null, 2),
});

/** All fleets. */
export async function fleets({ again }) {
  const { items } = await get("/fleets");
  return [
    h("h1", {}, "Fleets"),
    h("p", { className: "soft" }, "The nodes of a fleet register themselves as infrastructures."),
    table("Fleets", ["Fleet", "Source", "Infrastructures", "In quarantine", "Read", "State"], items.map(fleet => [
      link(path("fleets", fleet.id), fleet.id), fleet.settings.source.kind, fleet.infrastructures.length,
      quarantined(fleet).length, time(fleet.read), state(fleet),
    ])),
    h("details", {}, h("summary", {}, "Add a fleet"), form("Create", [json(EXAMPLE)], async (values, sent) => {
      const settings = JSON.parse(values.settings);
      await post("/fleets", settings);
      sent.closest("details").open = false;
      location.hash = "#" + path("fleets", settings.id);
      await again();
    }, { className: "" })),
  ];
}

/** A fleet: what it manages, what a synchronization would do, what waits. */
export async function fleet({ again }, id) {
  const at = path("fleets", id);
  const { document, version } = await read(at);
  const act = async (work, text) => {
    await work;
    await again();
    notice(text);
  };
  return [
    h("h1", {}, id),
    facts([["Source", document.settings.source.kind], ["Address", document.settings.source.url], ["Read", time(document.read)],
      ["Every", `${document.settings.intervalSeconds} s`], ["In the background", document.settings.enabled ? "yes" : "no"]]),
    document.problem && h("p", { role: "alert", className: "banner" }, document.problem),
    document.pending && waiting(at, document.pending, act),
    plan(at, act),
    table("Infrastructures", ["Infrastructure", "Node", "Managed", "Quarantine", "Actions"], document.infrastructures.map(one => [
      infra(one.infrastructure), one.node, one.fields.join(", "),
      one.quarantinedSince === null ? "" : ["since ", time(one.quarantinedSince), `: ${one.quarantineReason}`],
      dangerous("Release", `Release ${one.infrastructure}? It is edited by hand from then on.`, () =>
        act(remove(`${at}${path("infrastructures", one.infrastructure)}`), "The infrastructure is released.")),
    ])),
    notes("Not done by the last synchronization", document.notes),
    document.lastChange && [changes("Last changes", document.lastChange.changes), h("p", { className: "soft" }, "They were made ", time(document.lastChange.at), ".")],
    h("details", {}, h("summary", {}, "Adopt an infrastructure"), form("Adopt", [
      field("Infrastructure", { name: "infrastructure", required: true }), field("Node in the fleet", { name: "node" }),
    ], values => act(post(`${at}${path("infrastructures", values.infrastructure)}`, { node: values.node }), "The fleet manages it."))),
    h("details", {}, h("summary", {}, "Settings"), form("Save", [json(document.settings)], values =>
      act(save(at, JSON.parse(values.settings), version), "The settings are saved."), { className: "" })),
    h("div", { className: "actions" }, dangerous("Delete the fleet", `Delete ${id}?`, async () => {
      await remove(at);
      location.hash = "#/fleets";
    })),
  ];
}

/** An answer that lacks many nodes. */
function waiting(at, pending, act) {
  const text = `The fleet no longer reports ${pending.missing} of ${pending.registered} nodes, so nothing is done. `
    + "Check the fleet, look at the plan, and confirm the answer if it is right.";
  return h("section", { role: "note", className: "banner" }, h("p", {}, text), h("p", {}, `Answer ${pending.answer}`),
    dangerous("Confirm this answer", `Put ${pending.missing} infrastructures into quarantine?`, () =>
      act(post(`${at}/confirm`, { answer: pending.answer }), "The answer is confirmed.")));
}

function plan(at, act) {
  const result = h("div", { "aria-live": "polite" });
  return h("section", {}, h("h2", {}, "Synchronization"), h("div", { className: "actions" },
    button("Show what would be done", async () => {
      result.textContent = "Reading the nodes …";
      result.dataset.busy = "";
      const planned = await get(`${at}/plan`);
      result.replaceChildren(
        h("p", {}, `Nodes that are reported: ${planned.reported}. Infrastructures that stay as they are: ${planned.unchanged}.`),
        ...[planned.missing !== null && h("p", {}, "Nothing is done before this answer is confirmed.")].filter(Boolean),
        changes("Plan", planned.changes), notes("Not planned", planned.notes));
    }),
    button("Synchronize now", () => act(post(`${at}/sync`), "The fleet is synchronized."))), result);
}

const changes = (caption, lines) => table(caption, ["What", "Infrastructure", "Node", "Why", "Failure"], lines.map(line => [
  badge(line.kind), infra(line.infrastructure), line.node, line.reason, line.failure ?? "",
]));

const notes = (caption, lines) => table(caption, ["What", "Infrastructure", "Node", "Why"], lines.map(line => [
  badge(line.kind), infra(line.infrastructure), line.node ?? "", line.text,
]));
