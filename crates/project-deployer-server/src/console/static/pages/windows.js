import { get, remove, send } from "../api.js";
import { badge, button, choice, dangerous, field, form, h, notice, path, table, time } from "../dom.js";

/** When updates may start. Those of the infrastructure are changed by its administrators, others by global ones. */
export function windows({ me, again }, one, shut) {
  const own = `infrastructure/${one.id}`;
  const scopes = [one.canAdminister && own, me.globalAdmin && `stage/${one.stage}`, me.globalAdmin && "everything"].filter(Boolean);
  const query = (scope, name) => `/windows?scope=${encodeURIComponent(scope)}&name=${encodeURIComponent(name)}`;
  return h("section", {}, h("h2", {}, "Windows"),
    shut.allowed ? h("p", {}, "Updates may start now.") : h("p", { role: "note", className: "banner" },
      `Updates may not start now: ${shut.reason}. `, shut.opens === null ? "No time at which they may was found." : ["They may again at ", time(shut.opens), "."]),
    table("Windows of updates", ["Window", "Where", "Effect", "Opens at", "Open for", "Zone", "Why", "Actions"], shut.items.map(window => [
      window.name, window.scope, badge(window.effect), window.cron, `${window.minutes} min`, window.zone, window.reason,
      scopes.includes(window.scope) ? dangerous("Remove", `Remove the window ${window.name}?`, async () => {
        await remove(query(window.scope, window.name));
        await again();
      }) : "",
    ]), "updates may start at any time."),
    ...(shut.unreadable ?? []).filter(place => scopes.includes(place.scope)).map(place => h("p", {}, `${place.text}. `,
      dangerous(`Remove all of ${place.scope}`, `Remove all windows of ${place.scope}?`, async () => {
        await remove(`/windows?scope=${encodeURIComponent(place.scope)}&all=true`);
        await again();
      }))),
    scopes.length > 0 && h("details", {}, h("summary", {}, "Add a window"), form("Add", [
      field("Name", { name: "name", required: true }), choice("For", scopes, { name: "scope" }),
      choice("Updates in it", ["allow", "deny"], { name: "effect" }),
      field("Opens at (minute, hour, day, month, day of the week)", { name: "cron", required: true, placeholder: "0 22 * * MON-FRI" }),
      field("Open for minutes", { name: "minutes", type: "number", min: 1, max: 129600, required: true }),
      field("Time zone", { name: "zone", required: true, value: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" }),
      field("Why", { name: "reason", required: true }),
    ], async ({ name, scope, minutes, ...values }, sent) => {
      await send("PUT", query(scope, name), { body: { ...values, minutes: Number(minutes) } });
      sent.closest("details").open = false;
      await again();
    })));
}

/** Has an update start at a time or in the next window: `when` is what the API takes. */
async function schedule(at, when, again) {
  const waits = await (await send("PUT", `${at}/schedule`, { body: when })).json();
  await again();
  notice(`The update starts at ${new Date(waits.at).toLocaleString()}, if it would still do the same then.`);
}

/** The update of a deployment that waits for its time, or a form to have one wait, unless one is running. */
export function later(at, scheduled, { running, again }) {
  if (scheduled?.state === "waiting") return h("div", { className: "actions" },
    h("p", {}, "An update to ", scheduled.bundle, " starts at ", time(scheduled.at), `, in the name of ${scheduled.requester}.`),
    dangerous("Withdraw", "Withdraw the update? It does not start then.", async () => {
      await remove(`${at}/schedule`);
      await again();
      notice("The update is withdrawn.");
    }));
  return [
    scheduled?.state === "refused" && h("p", { role: "note" }, "The update of ", time(scheduled.at), ` did not start: ${scheduled.reason}`),
    !running && h("details", {}, h("summary", {}, "Update later"), form("Schedule", [
      field("When (your local time)", { name: "at", type: "datetime-local", required: true }),
    ], values => schedule(at, { at: new Date(values.at).getTime() }, again)),
    h("div", { className: "actions" }, button("In the next window", () => schedule(at, { nextWindow: true }, again)))),
  ];
}

/** What can be done about an update that windows refuse: it waits for the next one, or an administrator breaks the glass. */
export async function outsideWindows(problem, { at, one, body, start, again }) {
  const infra = path("infrastructures", one.infrastructure);
  // The refusal is shown whatever these answer. What is unknown is offered: the API refuses it.
  const [{ canAdminister = true }, { opens }] = await Promise.all([infra, `${infra}/windows`].map(asked => get(asked).catch(() => ({}))));
  const isOther = body.bundle && body.bundle !== one.bundle;
  return [
    h("h3", {}, "Windows refuse the update"),
    h("p", { role: "alert" }, problem.message),
    opens !== null && (isOther
      ? h("p", { className: "soft" }, `In the next window only bundle ${one.bundle} of the settings can start: save ${body.bundle} there first.`)
      : h("div", { className: "actions" }, button("Start in the next window", () => schedule(at, { nextWindow: true }, again)))),
    canAdminister ? form("Break the glass", [
      field("Reason, kept in the audit", { name: "reason", required: true }),
    ], ({ reason }) => start({ ...body, breakGlass: reason }))
      : h("p", { className: "soft" }, "An administrator of the infrastructure can start it anyway, with a reason."),
    h("div", { className: "actions" }, button("Leave it", again)),
  ].filter(Boolean);
}
