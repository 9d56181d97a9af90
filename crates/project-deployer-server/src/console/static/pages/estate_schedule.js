import { get, remove } from "../api.js";
import { badge, button, dangerous, field, form, h, notice, path, table, time } from "../dom.js";

/** The files that wait for their time, and what became of those that did. */
export async function scheduledFiles(look) {
  const { items } = await get("/estate/scheduled");
  return [
    h("h2", {}, "At a given time"),
    table("Scheduled files", ["When", "By", "State", "Changes", "What became of it", "Actions"], items.map(one => [
      time(one.at), one.requester, badge(one.state),
      h("ul", { className: "plain" }, one.changes.map(change => h("li", {}, change))),
      outcome(one),
      one.state === "waiting" ? dangerous("Withdraw", `Withdraw file ${one.id}? It is not applied then.`, async () => {
        await remove(path("estate", "scheduled", one.id));
        await look();
        notice("The file is withdrawn.");
      }) : "",
    ])),
  ];
}

function outcome(one) {
  if (one.state === "waiting") return "";
  const words = one.reason ?? `${one.changed} changed, ${one.updates} updated` + (one.failedUpdates ? `, ${one.failedUpdates} of them failed` : "");
  return [time(one.ended), ": ", words];
}

/** Asks for a time, and calls `send` with it. Windows count for updates alone. */
export const atATime = (send, deploys) => h("details", {}, h("summary", {}, "Apply at a given time"), form("Schedule", [
  field("When (your local time)", { name: "at", type: "datetime-local", required: true }),
  h("p", { className: "soft wide" }, "The file is planned again then, and nothing is written if the plan is another one. Its secrets are kept sealed until then."),
], async ({ at }) => send({ at: new Date(at).getTime() })),
deploys && h("div", { className: "actions" }, button("In the next window", () => send({ nextWindow: true }))));
