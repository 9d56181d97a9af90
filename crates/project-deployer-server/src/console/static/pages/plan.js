import { get, post } from "../api.js";
import { button, choice, form, h, link, path } from "../dom.js";

/** What a plan says; `starting` is what may follow if nothing in the plan would make it fail. */
function show({ blockers, differs, outsideWindow, plan, text }, starting) {
  const outcome = blockers > 0 ? "It would fail." : differs ? "It would change what is on the nodes." : "It would change nothing.";
  return [
    h("p", { role: "status" }, outcome, outsideWindow ? ` Windows refuse it now: ${outsideWindow.reason}.` : ""),
    h("pre", { tabIndex: 0, "aria-label": `Plan of an update of ${plan.deployment}` }, text),
    blockers === 0 && h("div", { className: "actions" }, starting),
  ];
}

/** What an update would change on each node, before anything is done; started, it does exactly that or nothing. */
export function update(at, { one, bundles, start }) {
  const shown = h("div");
  return h("details", {}, h("summary", {}, "What an update would do"),
    form("Plan", [choice("Of bundle", bundles.map(bundle => bundle.id), { name: "bundle", value: one.bundle })], async ({ bundle }) => {
      const found = await get(`${at}/plan?bundle=${encodeURIComponent(bundle)}`);
      const starting = button("Start as planned", () => start({ bundle, plan: found.plan.digest }));
      shown.replaceChildren(h("div", {}, show(found, starting)));
    }, { className: "actions" }), shown);
}

/** What a promotion would change in the next stage: the bundle of this deployment, on each deployment of its project there. */
export function promotion(at) {
  const shown = h("div");
  return h("details", {}, h("summary", {}, "What a promotion to the next stage would do"),
    form("Plan the promotion", [], async () => {
      const { plans } = await get(`${at}/promotion`);
      shown.replaceChildren(...plans.map(found => promoted(found)));
    }, { className: "actions" }), shown);
}

/** The plan of one deployment of the next stage. Windows that refuse it are dealt with on its own page. */
function promoted(found) {
  const other = path("deployments", found.plan.deployment);
  const starting = found.outsideWindow
    ? h("p", { className: "soft" }, "Its page has what can be done about windows.")
    : button("Start as planned", async () => {
      await post(`${other}/updates`, { bundle: found.plan.bundle, plan: found.plan.digest });
      location.hash = `#${other}`;
    });
  return h("section", {}, h("h3", {}, link(other, found.plan.deployment)), show(found, starting));
}
