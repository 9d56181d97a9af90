import { edit, get, list, post, remove, send } from "../api.js";
import { button, choice, dangerous, field, form, h, notice, path, shown, table, tick, time } from "../dom.js";

/** Users, groups and API keys; one's own password. */
export async function access({ me, again }) {
  const [users, groups, keys] = await Promise.all([list("/users"), list("/groups"), list("/keys")]);
  return [
    h("h1", {}, "Users and keys"),
    apiKeys(me, keys, users, again),
    me.isUser && ownPassword(),
    me.globalAdmin
      ? [accounts(me, users, groups, again), await teams(groups, again)]
      : table("Users", ["Login", "Name", "Groups"], users.map(user => [user.login, user.displayName, user.groups.join(", ")])),
  ];
}

function apiKeys(me, keys, users, again) {
  return h("section", {}, h("h2", {}, "API keys"),
    table("API keys", ["Label", "User", "Created", "By", "Actions"], keys.map(key => [
      key.label || key.id, key.global ? `global${key.admin ? ", administrator" : ""}` : key.user, time(key.createdOn), key.createdBy,
      dangerous("Delete", `Delete the key ${key.label || key.id}? Programs that use it are refused at once.`,
        async () => { await remove(path("keys", key.id)); await again(); }),
    ])),
    form("Create a key", [
      field("Label", { name: "label", required: true }),
      me.globalAdmin && choice("User", users.map(user => user.login), { name: "user", value: me.login }),
    ], async values => {
      const created = await post("/keys", values);
      shown("The new API key", created.secret);
      await again();
    }));
}

function ownPassword() {
  return h("details", {}, h("summary", {}, "Change your password"), form("Change", [
    field("Password until now", { name: "old", type: "password", autocomplete: "current-password", required: true }),
    field("New password", { name: "new", type: "password", autocomplete: "new-password", minLength: 12, required: true }),
  ], async values => {
    await send("PUT", "/me/password", { body: values });
    notice("The password is changed. Sign in again.");
  }));
}

function accounts(me, users, groups, again) {
  const at = login => path("users", login);
  const change = (login, what) => edit(at(login), user => { delete user.passwordSetOn; what(user); }).then(again);
  const password = login => h("details", {}, h("summary", {}, "Set a password"), form("Set", [
    field(`New password of ${login}`, { name: "password", type: "password", autocomplete: "new-password", minLength: 12, required: true }),
  ], async (values, sent) => {
    await send("PUT", `${at(login)}/password`, { body: values });
    sent.closest("details").open = false;
    notice(`The password of ${login} is set.`);
  }));
  const membership = user => h("details", {}, h("summary", {}, user.groups.join(", ") || "no group"), form("Save", groups.map(group =>
    tick(group.name, { name: group.name, checked: user.groups.includes(group.name) })), async (values, sent) => {
    sent.closest("details").open = false;
    await change(user.login, document => { 
      // Only what was ticked or unticked here: others may have changed the rest.
      const isKept = name => !(user.groups.includes(name) && values[name] === false);
      const added = groups.map(group => group.name).filter(name => values[name] && !user.groups.includes(name));
      document.groups = [...new Set([...document.groups.filter(isKept), ...added])];
    });
  }));
  return h("section", {}, h("h2", {}, "Users"),
    table("Users", ["Login", "Name", "Groups", "Password", "Actions"], users.map(user => [
      user.login, user.displayName, membership(user), password(user.login),
      h("div", { className: "actions" },
        button(user.enabled ? "Disable" : "Enable", () => change(user.login, document => { document.enabled = !user.enabled; })),
        user.login !== me.login && dangerous("Delete", `Delete ${user.login}, with all its keys?`, async () => { await remove(at(user.login)); await again(); })),
    ])),
    form("Create a user", [
      field("Login", { name: "login", required: true }), field("Name", { name: "displayName" }),
      choice("Group", ["", ...groups.map(group => group.name)], { name: "group" }),
    ], async ({ group, ...values }, sent) => {
      await post("/users", { ...values, groups: group ? [group] : [] });
      sent.reset();
      await again();
    }));
}

async function teams(groups, again) {
  const all = await Promise.all(groups.map(group => get(path("groups", group.name))));
  return h("section", {}, h("h2", {}, "Groups"),
    table("Groups", ["Name", "Description", "Rights", "Actions"], all.map(group => [
      group.name, group.description,
      [group.admin && "administrator", group.mayCreatePublishedProjects && "may create projects"].filter(Boolean).join(", "),
      dangerous("Delete", `Delete the group ${group.name}?`, async () => { await remove(path("groups", group.name)); await again(); }),
    ])),
    form("Create a group", [
      field("Name", { name: "name", required: true }), field("Description", { name: "description" }),
      tick("May create projects", { name: "mayCreatePublishedProjects" }), tick("Administrator", { name: "admin" }),
    ], async (values, sent) => { await post("/groups", values); sent.reset(); await again(); }));
}
