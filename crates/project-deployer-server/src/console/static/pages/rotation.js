import { get, post } from "../api.js";
import { badge, dangerous, h, notice, path, table, time } from "../dom.js";

/** How often and how many times somebody who may not read tasks looks for the end of a rotation. */
const PAUSE = 500, LOOKS = 120;

/** The last rotation of the admin key of each node, and a button for the next one. Where they cannot be read, the page stays. */
export async function rotations({ me, refresh }, at) {
  const read = () => get(`${at}/key-rotations`);
  const result = h("div", { "aria-live": "polite" });
  const show = async () => result.replaceChildren(...await read().then(shown, problem => [h("p", { role: "alert" }, problem.message)]));
  const rotate = async () => {
    result.dataset.busy = "";
    result.replaceChildren(h("p", { role: "status" }, "Making new keys …"));
    try {
      // Those on the page may be older than the last rotation.
      const before = me.globalAdmin ? [] : (await read()).items;
      const begun = await post(`${at}/rotate-key`);
      await (me.globalAdmin ? endOf(begun) : others(read, before));
      notice("The rotation has ended.");
    } catch (problem) {
      notice(problem.message);
    } finally {
      await show();
      delete result.dataset.busy;
    }
    // The settings have another version by now.
    refresh();
  };
  await show();
  return h("section", {}, h("h2", {}, "Admin keys of the nodes"), result, h("div", { className: "actions" },
    dangerous("Rotate the keys", "Make a new admin key on each node, and revoke the old one? Other programs that use an old key need a new one.", rotate)));
}

const HEADS = ["Node", "End", "When", "Asked for by", "New key", "Left on the node", "What to do"];

const shown = ({ items, unreadable = [] }) => [
  ...unreadable.map(text => h("p", { role: "alert" }, text)),
  table("Last rotations", HEADS, items.map(one => [
    one.node, one.end ? badge(one.end) : `goes on: ${one.step}`, time(one.ended), one.requester, one.newKey ?? "", one.orphans.join(", "), one.reason ?? "",
  ]), "no key was rotated."),
];

async function endOf(task) {
  while (task.state === "running") {
    await pause();
    task = await get(path("tasks", task.id));
  }
  if (!task.result) throw new Error(task.error ?? task.state);
}

/**
 * Results of tasks are for global administrators. Others see when each node has a rotation that ended since: one with another id, or
 * one that goes on from where it was interrupted.
 */
async function others(read, before) {
  const over = new Set(before.filter(one => one.end).map(one => one.rotation));
  for (let look = 0; look < LOOKS; look++) {
    const { items } = await read();
    if (items.length > 0 && items.every(one => one.end && !over.has(one.rotation))) return;
    await pause();
  }
  throw new Error("The rotation has not ended, or did not begin; look again later");
}

const pause = () => new Promise(wait => setTimeout(wait, PAUSE));
