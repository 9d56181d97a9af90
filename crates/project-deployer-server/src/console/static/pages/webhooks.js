import { get, list, post, remove, send } from "../api.js";
import { badge, button, dangerous, facts, field, form, h, link, notice, path, shown, table, tick, time } from "../dom.js";

const EVENTS = {
  "finding.opened": "A finding is opened", "finding.changed": "A finding changes",
  "finding.resolved": "A finding is resolved", "health.changed": "The health of a deployment changes",
};

const state = one => !one.enabled ? "off" : one.disabled ? "disabled" : one.failingSince !== null ? "failing" : "sends";

/** All webhooks. */
export async function webhooks({ again }) {
  const [{ items }, places] = await Promise.all([get("/webhooks"), scopes()]);
  return [
    h("h1", {}, "Webhooks"),
    h("p", { className: "soft" }, "A webhook gets what watching finds, as signed calls."),
    table("Webhooks", ["Webhook", "Address", "Events", "Only for", "State"], items.map(one => [
      link(path("webhooks", one.id), one.id), one.url, one.events.join(", "), where(one), badge(state(one)),
    ])),
    h("details", {}, h("summary", {}, "Add a webhook"), form("Create", [
      field("Id", { name: "id", required: true, pattern: "[A-Za-z0-9_\\-]+", title: "Letters, digits, - and _" }), ...fields(undefined, places),
    ], async (values, sent) => {
      const made = await post("/webhooks", { id: values.id, ...body(values) });
      sent.closest("details").open = false;
      location.hash = "#" + path("webhooks", values.id);
      await again();
      shown(`Secret of ${values.id}`, made.secret);
    }, { className: "grid top" })),
  ];
}

/** A webhook: its settings, and what was sent to it. */
export async function webhook({ again }, id) {
  const at = path("webhooks", id);
  const [{ items }, { items: sent }, places] = await Promise.all([get("/webhooks"), get(`${at}/deliveries`), scopes()]);
  const one = items.find(found => found.id === id);
  const { url, trustAllCertificates, events, stages, infras, enabled } = one;
  const change = async (changed, text) => {
    const response = await send("PUT", at, { body: { url, trustAllCertificates, events, stages, infras, enabled, ...changed } });
    const { secret } = await response.json();
    await again();
    notice(text);
    if (secret) shown(`Secret of ${id}`, secret);
  };
  return [
    h("h1", {}, id),
    facts([["State", badge(state(one))], ["Address", url], ["Events", events.join(", ")], ["Only for", where(one)],
      ["Certificates", trustAllCertificates ? "any is accepted" : null], ["Fails since", time(one.failingSince)],
      ["Next call after", one.disabled ? "" : time(one.pausedUntil)]]),
    one.disabled && h("p", { role: "alert", className: "banner" },
      `It gets nothing any more: ${one.disabled}. Repair the receiver, then save the webhook: what waits is sent.`),
    trial(at),
    table("Deliveries", ["Event", "Created", "State", "Attempts", "Last attempt", "Status", "Error", "Message"], sent.map(it => [
      it.event, time(it.created), badge(it.state), it.attempts, time(it.lastAttempt), it.lastStatus ?? "", it.lastError ?? "", it.id,
    ]), "nothing was sent to it yet."),
    h("h2", {}, "Settings"),
    form("Save", fields(one, places), values => change(body(values), "The webhook is saved."), { className: "grid top" }),
    h("div", { className: "actions" },
      button(enabled ? "Switch off" : "Switch on", () => change({ enabled: !enabled }, enabled ? "It gets nothing from now on." : "It gets events from now on.")),
      dangerous("Make a new secret", "Make a new secret? The receiver refuses calls until it has it.", () =>
        change({ newSecret: true }, "The secret is another one.")),
      dangerous("Delete the webhook", `Delete ${id}, with what waits for it?`, async () => {
        await remove(at);
        location.hash = "#/webhooks";
      })),
  ];
}

function trial(at) {
  const result = h("div", { "aria-live": "polite" });
  return h("section", {}, h("h2", {}, "Deliveries"), h("div", { className: "actions" }, button("Send a test", async () => {
    result.replaceChildren("Calling …");
    const { status, error } = await post(`${at}/test`);
    result.replaceChildren(h("p", {}, badge(error ? "FAILED" : "SUCCESS"), ` ${error ?? `It answered ${status}.`}`));
  })), result);
}

/** What a webhook can be limited to. */
async function scopes() {
  const [stages, infras] = await Promise.all([get("/stages"), list("/infrastructures")]);
  return { stages: stages.items.map(one => one.id), infras: infras.map(one => one.id) };
}

const where = one => [...one.stages.map(id => `stage ${id}`), ...one.infras].join(", ") || "everything";

const group = (legend, ...children) => h("fieldset", {}, h("legend", {}, legend), children);

const boxes = (kind, all, chosen) => all.map(id => tick(id, { name: `${kind}/${id}`, checked: chosen.includes(id) }));

function fields(one, places) {
  const known = (kind, chosen) => [...new Set([...places[kind], ...chosen])];
  const [stages, infras] = [one?.stages ?? [], one?.infras ?? []];
  return [
    field("Address", { name: "url", type: "url", required: true, value: one?.url ?? "" }),
    group("Events", Object.entries(EVENTS).map(([event, text]) =>
      tick(text, { name: `events/${event}`, checked: one ? one.events.includes(event) : event !== "health.changed" }))),
    group("Only for these stages", boxes("stages", known("stages", stages), stages)),
    group("Only for these infrastructures", boxes("infras", known("infras", infras), infras)),
    tick("Accept any certificate", { name: "trustAllCertificates", checked: one?.trustAllCertificates === true }),
  ];
}

function body({ url, trustAllCertificates, ...values }) {
  const chosen = kind => Object.keys(values).filter(name => name.startsWith(`${kind}/`) && values[name]).map(name => name.slice(kind.length + 1));
  return { url, trustAllCertificates, events: chosen("events"), stages: chosen("stages"), infras: chosen("infras") };
}
