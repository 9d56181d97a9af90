import { edit, get, list, post, remove, send } from "../api.js";
import { choice, dangerous, field, form, h, link, notice, path, table, time } from "../dom.js";

const RIGHTS = ["read", "write", "deploy", "admin"];

/** All published projects. */
export async function projects({ me, again }) {
  const all = await list("/projects");
  return [
    h("h1", {}, "Projects"),
    table("Published projects", ["Key", "Name", "Bundles", "Deployments"], all.map(one => [
      link(path("projects", one.key), one.key), one.name, one.bundles, one.deployments.length,
    ])),
    (me.mayCreateProjects || all.some(one => one.canWrite)) && upload(again),
    me.mayCreateProjects && h("details", {}, h("summary", {}, "New project"), form("Create", [field("Key", { name: "key", required: true })],
      async (values, sent) => { await post("/projects", values); sent.closest("details").open = false; await again(); })),
  ];
}

function upload(again, key) {
  return h("section", {}, h("h2", {}, "Upload a bundle"), form("Upload", [
    field("Archive of the bundle", { name: "file", type: "file", accept: ".zip", required: true }),
  ], async ({ file }, sent) => {
    notice("The bundle is being uploaded …");
    const project = key ? `?project=${encodeURIComponent(key)}` : "";
    await send("POST", `/bundles${project}`, { raw: file, headers: { "content-type": "application/zip" } });
    sent.reset();
    await again();
    notice("The bundle is published.");
  }));
}

/** A published project: bundles, where each runs, and rights. */
export async function project({ again }, key) {
  const at = path("projects", key);
  const [one, bundles] = await Promise.all([get(at), list(`${at}/bundles`)]);
  bundles.sort((a, b) => b.publishedOn - a.publishedOn);
  const archive = bundle => new URL(`../api/v1${at}/bundles/${encodeURIComponent(bundle)}/archive`, document.baseURI).href;
  return [
    h("h1", {}, one.name === key ? key : `${one.name} (${key})`),
    table("Bundles", ["Bundle", "Published", "By", "Release notes", "Runs in", "Actions"], bundles.map(bundle => [
      bundle.id, time(bundle.publishedOn), bundle.publishedBy ?? "", bundle.releaseNotes ?? "",
      bundle.deployments.flatMap(name => [link(path("deployments", name), name), " "]),
      h("div", { className: "actions" }, h("a", { href: archive(bundle.id), download: "" }, "Download"),
        one.canAdminister && dangerous("Delete", `Delete bundle ${bundle.id}? Its id is never used again.`,
          async () => { await remove(`${at}/bundles/${encodeURIComponent(bundle.id)}`); await again(); })),
    ])),
    bundles.length > 1 && comparison(at, bundles.map(bundle => bundle.id)),
    one.canWrite && upload(again, key),
    table("Deployments", ["Deployment", "Infrastructure", "Bundle"], one.deployments.map(deployment => [
      link(path("deployments", deployment.id), deployment.id),
      link(path("infrastructures", deployment.infrastructure), deployment.infrastructure), deployment.bundle,
    ])),
    one.canAdminister && await administration(at, key, again),
  ];
}

/** What differs between two bundles; at first the two newest ones are chosen. */
function comparison(at, ids) {
  const result = h("div", { "aria-live": "polite" });
  return h("section", {}, h("h2", {}, "Compare two bundles"), form("Compare", [
    choice("From", ids, { name: "from", value: ids[1] }), choice("To", ids, { name: "to", value: ids[0] }),
  ], async ({ from, to }) => {
    const found = await get(`${at}/bundles/${encodeURIComponent(from)}/difference/${encodeURIComponent(to)}`);
    result.replaceChildren(h("pre", {}, found.text));
  }), result);
}

async function administration(at, key, again) {
  const [settings, groups] = await Promise.all([get(`${at}/settings`), list("/groups")]);
  const save = async change => { await edit(`${at}/settings`, change); await again(); notice("The settings are saved."); };
  const shown = grant => RIGHTS.filter(right => grant[right]).join(", ");
  return [
    h("h2", {}, "Rights"),
    table("Rights of groups", ["Group", "Rights", "Actions"], (settings.permissions ?? []).map(grant => [grant.group, shown(grant),
      dangerous("Take away", `Take the rights of ${grant.group} away?`, () => save(document => {
        document.permissions = document.permissions.filter(other => other.group !== grant.group);
      }))])),
    form("Grant", [
      choice("Group", groups.map(group => group.name), { name: "group" }), choice("Right", RIGHTS, { name: "right" }),
    ], ({ group, right }) => save(document => {
      const known = (document.permissions ?? []).find(grant => grant.group === group) ?? { group };
      document.permissions = [...(document.permissions ?? []).filter(grant => grant.group !== group), { ...known, read: true, [right]: true }];
    })),
    h("div", { className: "actions" }, dangerous("Delete the project", `Delete ${key} and its bundles?`, async () => {
      await remove(at);
      location.hash = "#/projects";
    })),
  ];
}
