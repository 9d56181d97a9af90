import { get, post, remove, send } from "../api.js";
import { badge, button, choice, dangerous, field, form, h, link, path, table, time } from "../dom.js";

/** What the reader looks for. */
let resolved = false;

const KINDS = ["out-of-sync", "last-update", "scenario", "superseded", "node-unknown", "deployment-unknown", "login", "group", "next-sync",
  "parity-unknown"];

/** What watching found, and what is watched. */
export async function watching({ me, again }) {
  const [found, watch] = await Promise.all([get(`/findings?resolved=${resolved}`), get("/watch")]);
  return [
    h("h1", {}, "Findings"),
    h("div", { className: "actions" }, button(resolved ? "Show open findings only" : "Show resolved findings as well", async () => {
      resolved = !resolved;
      await again();
    }), me.globalAdmin && link("/webhooks", "Webhooks")),
    table("Findings", ["What", "Severity", "Where", "First seen", "Last seen", "Known"], found.items.map(one => row(one, again))),
    h("h2", {}, "What is watched"),
    table("Rounds", ["Infrastructure", "Check", "Every", "Last round", "Next round", "Open", "Ignored", "Unknown"], watch.items.map(one => [
      link(path("infrastructures", one.infra), one.infra), one.check, one.every === null ? "not watched" : `${one.every} s`,
      time(one.lastEnded), one.inMaintenance ? "after the maintenance" : time(one.next), one.open, one.ignored,
      [one.problem, ...one.unknown].filter(Boolean).join("; "),
    ])),
    settings(watch, again),
    h("h2", {}, "What is ignored"),
    table("Rules", ["Findings", "Where", "Why", "By", "Until", "Actions"], watch.settings.flatMap(setting => setting.ignored.map(rule => [
      rule.kind + (rule.name ? ` of ${rule.name}` : "") + (rule.field ? `, field ${rule.field}` : ""), setting.scope, rule.reason, rule.by,
      rule.until === null ? "removed by hand" : time(rule.until), dangerous("Remove", "Remove this rule? What it ignores is open again.", async () => {
        await remove(`/watch/ignored${path(rule.id)}?scope=${encodeURIComponent(setting.scope)}`);
        await again();
      }),
    ]))),
    ignore(watch, again),
  ];
}

function row(one, again) {
  const where = one.deployment ? link(path("deployments", one.deployment), one.deployment)
    : one.infra ? link(path("infrastructures", one.infra), one.infra) : "this Deployer";
  return [
    h("div", {}, one.summary, one.details.length > 0 && h("ul", {}, one.details.map(text => h("li", {}, text)))),
    badge(one.severity), where, time(one.firstSeen), one.resolved ? ["resolved ", time(one.resolved)] : time(one.lastSeen),
    one.resolved ? "" : known(one, again),
  ];
}

function known(one, again) {
  const at = `${path("findings", one.id)}/acknowledgement`;
  if (one.ignored) {
    return h("div", {}, `Ignored: ${one.ignored.reason} (${one.ignored.by})`, one.ignored.until !== null && [", until ", time(one.ignored.until)]);
  }
  if (one.acknowledged) {
    return h("div", {}, `${one.acknowledged.by}: ${one.acknowledged.note} `, one.acknowledged.until && ["until ", time(one.acknowledged.until)],
      button("Withdraw", async () => { await remove(at); await again(); }));
  }
  return h("details", {}, h("summary", {}, "Acknowledge"), form("Acknowledge", [
    field("Why nothing is done now", { name: "note", required: true }),
  ], async ({ note }, sent) => {
    await send("PUT", at, { body: { note } });
    sent.closest("details").open = false;
    await again();
  }));
}

function ignore(watch, again) {
  if (watch.settings.length === 0) return null;
  return h("details", {}, h("summary", {}, "Ignore findings"), form("Ignore", [
    choice("For", watch.settings.map(one => one.scope), { name: "scope" }), choice("Kind", KINDS, { name: "kind" }),
    field("Login, group, scenario, deployment or node (* for anything)", { name: "name" }),
    field("Field that differs (* for anything), if out of sync", { name: "field" }),
    field("Why", { name: "reason", required: true }), field("Until", { name: "until", type: "date" }),
  ], async ({ scope, kind, name, field, reason, until }, sent) => {
    await post(`/watch/ignored?scope=${encodeURIComponent(scope)}`, {
      kind, reason, name: name || null, field: field || null, until: until ? new Date(until).getTime() : null,
    });
    sent.closest("details").open = false;
    await again();
  }));
}

function settings(watch, again) {
  const infras = [...new Set(watch.items.map(one => one.infra))];
  return h("details", {}, h("summary", {}, "Change what is watched"), form("Save", [
    choice("For", ["everything", ...infras.map(id => `infrastructure/${id}`)], { name: "scope" }),
    field("Seconds between rounds of health", { name: "healthEvery", type: "number", min: 60 }),
    field("Seconds between rounds of parity", { name: "parityEvery", type: "number", min: 300 }),
  ], async (values, sent) => {
    const every = text => text === "" ? null : Number(text);
    await send("PUT", `/watch?scope=${encodeURIComponent(values.scope)}`, {
      body: { healthEvery: every(values.healthEvery), parityEvery: every(values.parityEvery) },
    });
    sent.closest("details").open = false;
    await again();
  }));
}
