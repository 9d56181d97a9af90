import { get, post } from "../api.js";
import { badge, dangerous, h, notice, path, table, time } from "../dom.js";

/** How often and how many times somebody who may not read tasks looks for the end of a rotation. */
const PAUSE = 500, LOOKS = 120;

/** The last rotation of the admin key of each node, and a button for the next one. */
export function rotations(me, at, items) {
  const result = h("div", { "aria-live": "polite" }, shown(items));
  const rotate = async () => {
    result.dataset.busy = "";
    result.replaceChildren(h("p", { role: "status" }, "Making new keys …"));
    try {
      const begun = await post(`${at}/rotate-key`);
      await (me.globalAdmin ? endOf(begun) : others(at, items));
      notice("The rotation has ended.");
    } catch (problem) {
      notice(problem.message);
    } finally {
      result.replaceChildren(shown((await get(`${at}/key-rotations`)).items));
    }
  };
  return h("section", {}, h("h2", {}, "Admin keys of the nodes"), result, h("div", { className: "actions" },
    dangerous("Rotate the keys", "Make a new admin key on each node, and revoke the old one? Other programs that use an old key need a new one.", rotate)));
}

const shown = items => table("Last rotations", ["Node", "End", "When", "Asked for by", "New key", "Left on the node", "What to do"], items.map(one => [
  one.node, one.end ? badge(one.end) : `goes on: ${one.step}`, time(one.ended), one.requester, one.newKey ?? "", one.orphans.join(", "), one.reason ?? "",
]), "no key was rotated.");

async function endOf(task) {
  while (task.state === "running") {
    await pause();
    task = await get(path("tasks", task.id));
  }
  if (!task.result) throw new Error(task.error ?? task.state);
}

/** Results of tasks are for global administrators. Others see when rotations with other ids have ended. */
async function others(at, before) {
  const known = new Set(before.map(one => one.rotation));
  for (let look = 0; look < LOOKS; look++) {
    const { items } = await get(`${at}/key-rotations`);
    if (items.length > 0 && items.every(one => one.end && !known.has(one.rotation))) return;
    await pause();
  }
  throw new Error("The rotation has not ended, or did not begin; look again later");
}

const pause = () => new Promise(wait => setTimeout(wait, PAUSE));
