import { get, list, post } from "../api.js";
import { badge, choice, field, form, h, link, path, time } from "../dom.js";

/** All deployments by stage, with the health that their nodes report. */
export async function board({ again }) {
  const [board, projects, infrastructures, maintenance] =
    await Promise.all([get("/board"), list("/projects"), list("/infrastructures"), get("/maintenance")]);
  const card = one => h("article", { className: "card" },
    h("h3", {}, link(path("deployments", one.id), one.id)),
    h("p", {}, badge(one.health), " ", one.superseded && h("span", { className: "soft" }, "superseded")),
    h("p", { className: "soft" }, link(path("projects", one.project), one.project), " ", one.bundle, " on ",
      link(path("infrastructures", one.infrastructure), one.infrastructure)),
    one.messages.filter(message => message.severity !== "SUCCESS").slice(0, 2)
      .map(message => h("p", { className: "soft" }, message.text)),
    one.lastUpdate && h("p", { className: "soft" }, "Updated ", time(one.lastUpdate), ": ", badge(one.lastUpdateStatus)));
  return [
    h("h1", {}, "Board"),
    maintenance.items.map(one => h("p", { role: "note", className: "banner" }, one.text)),
    h("div", { className: "board" }, board.stages.map(({ stage, deployments }) =>
      h("section", { "aria-label": stage }, h("h2", {}, stage, " ", h("span", { className: "soft" }, deployments.length)),
        deployments.map(card), deployments.length === 0 && h("p", { className: "soft" }, "No deployments.")))),
    h("details", {}, h("summary", {}, "New deployment"), form("Create", [
      field("Id", { name: "id", required: true }),
      choice("Project", projects.filter(one => one.canDeploy).map(one => one.key), { name: "project", required: true }),
      choice("Infrastructure", infrastructures.filter(one => one.canDeploy).map(one => one.id), { name: "infrastructure", required: true }),
      field("Bundle", { name: "bundle", required: true }),
    ], async (values, sent) => {
      await post("/deployments", values);
      sent.closest("details").open = false;
      location.hash = "#" + path("deployments", values.id);
      await again();
    })),
  ];
}
