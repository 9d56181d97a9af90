import { get, post } from "../api.js";
import { badge, button, choice, facts, field, form, h, link, path, table, time } from "../dom.js";

/** What the reader looks for. It stays while the reader looks at a record. */
let filter = {};

const KINDS = ["", "infrastructure", "published-project", "bundle", "deployment", "user", "group", "api-key", "password", "session", "stages"];

/** Who changed what, and who was refused. Only for administrators. */
export async function audit(context) {
  const first = await page();
  const rows = h("div", {});
  const more = h("div", { className: "actions" });
  const items = [];
  const add = found => {
    items.push(...found.items);
    rows.replaceChildren(table("Records", ["Time", "Who", "Action", "Object", "Outcome"], items.map(row)));
    more.replaceChildren(...(found.next ? [button("Older records", async () => add(await page(found.next)))] : []));
  };
  add(first);
  return [h("h1", {}, "Audit"), search(context), rows, more, verification()];
}

function page(after) {
  const wanted = Object.entries(filter).filter(([, value]) => value);
  return get(`/audit?${new URLSearchParams([...wanted, ["limit", "50"], ...(after ? [["after", after]] : [])])}`);
}

const row = record => [
  time(record.time), record.actor ?? "nobody known", record.action,
  link("/audit/" + record.id, `${record.kind} ${record.object}`.trim()), badge(record.outcome),
];

function search({ again }) {
  return form("Show", [
    choice("Kind", KINDS, { name: "kind", value: filter.kind ?? "" }),
    field("Object", { name: "object", value: filter.object ?? "" }),
    field("Who", { name: "actor", value: filter.actor ?? "" }),
    choice("Outcome", ["", "done", "refused"], { name: "outcome", value: filter.outcome ?? "" }),
  ], async values => {
    filter = values;
    await again();
  });
}

function verification() {
  const result = h("div", { "aria-live": "polite" });
  const check = async () => {
    let task = await post("/audit/verification");
    while (task.state === "running") {
      result.replaceChildren(h("p", {}, "The chain is read."));
      await new Promise(wait => setTimeout(wait, 500));
      task = await get(path("tasks", task.id));
    }
    const found = task.result;
    result.replaceChildren(...(found ? [
      h("p", { role: "status" }, found.faults.length ? "Something is wrong with the audit." : "The chain is whole."),
      facts([["Records in the chain", found.sealed], ["Not in it yet", found.unsealed], ["Head", found.head]]),
      found.faults.length > 0 && table("Faults", ["Object", "What is wrong"], found.faults.map(fault => [fault.object, fault.what])),
    ].filter(Boolean) : [h("p", { role: "alert" }, task.error ?? task.state)]));
  };
  return h("section", {}, h("h2", {}, "Check the chain"), h("div", { className: "actions" }, button("Check", check)), result);
}

/** One record. */
export async function auditRecord(context, day, number) {
  const record = await get(path("audit", day, number));
  const document = (title, value) => value !== null && [h("h2", {}, title), h("pre", { tabIndex: 0 }, JSON.stringify(value, null, 2))];
  const refused = Object.entries(record.attempts).map(([code, count]) => `${count} × ${code}`).join(", ");
  return [
    h("p", {}, link("/audit", "Audit")),
    h("h1", {}, `${record.action} ${record.kind} ${record.object}`.trim()),
    facts([
      ["Outcome", badge(record.outcome)], ["Code", record.code], ["Time", time(record.time)], ["Who", record.actor ?? "nobody known"],
      ["Authenticated by", record.authentication], ["On behalf of", record.onBehalfOf], ["Address", record.address],
      ["Also written", record.also.join(", ")], ["Attempts without a record", refused], ["Request", record.requestId], ["Process", record.process],
      ["Record", record.id],
    ]),
    document("Before", record.before),
    document("After", record.after),
  ];
}
