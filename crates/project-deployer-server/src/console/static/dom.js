// Elements without markup in texts: what a server sends is text, and never becomes an element.

/** An element with properties, attributes (`aria-…`, `for`, `scope`), listeners (`on…`) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-")) {
      element[name] = value;
      // What a field begins with, so that it shows whether somebody changed it.
      const begins = { value: "defaultValue", checked: "defaultChecked", selected: "defaultSelected" }[name];
      if (begins && begins in element) element[begins] = value;
    }
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export const link = (path, text = path) => h("a", { href: to(path) }, text);

/** The address of a page of the console, from the segments of its path. */
export const to = path => "#" + path;
export const path = (...segments) => "/" + segments.map(encodeURIComponent).join("/");

export const time = millis => millis === null || millis === undefined ? "" :
  h("time", { dateTime: new Date(millis).toISOString() }, new Date(millis).toLocaleString());

const TONES = {
  HEALTHY: "good", SUCCESS: "good", done: "good", present: "good", delivered: "good", sends: "good", allow: "good", applied: "good", rotated: "good", "old-key-stays": "warn", deny: "warn", INFO: "none",
  WARNING: "warn", OUT_OF_SYNC: "warn", ABORTED: "warn", ambiguous: "warn", differs: "warn",
  UNHEALTHY: "bad", ERROR: "bad", FAILED: "bad", failed: "bad", disabled: "bad", "given-up": "bad", refused: "bad", stopped: "bad", "not-authorized": "bad", "not-in-directory": "bad",
};

/** A word with a colour; the word alone says everything. */
export const badge = word =>
  h("span", { className: "badge " + (TONES[word] ?? "none") }, word.toLowerCase().replaceAll("_", " ").replaceAll("-", " "));

export function table(caption, heads, rows, empty = "None.") {
  if (rows.length === 0) return h("p", { className: "soft" }, `${caption}: ${empty}`);
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption),
      h("thead", {}, h("tr", {}, heads.map(head => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map(([first, ...cells]) =>
        h("tr", {}, h("th", { scope: "row" }, first), cells.map(cell => h("td", {}, cell)))))));
}

export const facts = pairs => h("dl", {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
  .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

export const field = (label, properties = {}) => h("label", {}, label, h("input", properties));
export const tick = (label, properties = {}) =>
  h("label", { className: "tick" }, h("input", { type: "checkbox", ...properties }), label);
export const choice = (label, options, properties = {}) => {
  const { value, ...rest } = properties;
  const select = h("select", rest, options.map(option =>
    h("option", { value: option, selected: option === value }, option)));
  return h("label", {}, label, select);
};

/** A form that sends its values, and shows why it was refused. */
export function form(button, fields, send, properties = {}) {
  const error = h("p", { className: "error", role: "alert" });
  const submit = h("button", { className: "main" }, button);
  return h("form", {
    className: "grid", ...properties,
    async onsubmit(event) {
      event.preventDefault();
      error.textContent = "";
      submit.disabled = true;
      const values = Object.fromEntries(new FormData(event.target));
      for (const box of event.target.querySelectorAll("input[type=checkbox]")) values[box.name] = box.checked;
      try {
        await send(values, event.target);
      } catch (problem) {
        error.textContent = problem.message;
      } finally {
        submit.disabled = false;
      }
    },
  }, fields, submit, error);
}

export const button = (text, act, className = "") => h("button", {
  type: "button", className,
  async onclick(event) {
    event.target.disabled = true;
    try {
      await act(event);
    } catch (problem) {
      notice(problem.message);
    } finally {
      event.target.disabled = false;
    }
  },
}, text);

/** A button that asks first. */
export const dangerous = (text, question, act) => button(text, async () => {
  if (await confirmed(question, text)) await act();
}, "danger");

function confirmed(question, text) {
  return new Promise(answer => {
    const dialog = h("dialog", { "aria-label": question, onclose() { answer(dialog.returnValue === "yes"); dialog.remove(); } },
      h("form", { method: "dialog" }, h("p", {}, question), h("div", { className: "actions" },
        h("button", { value: "no" }, "Keep"), h("button", { value: "yes", className: "danger" }, text))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Shows a text once, such as a secret. */
export function shown(title, text) {
  const dialog = h("dialog", { "aria-label": title, onclose: () => dialog.remove() },
    h("form", { method: "dialog" }, h("h2", {}, title), h("p", {}, "It is shown once. Copy it now."), h("pre", {}, text),
      h("button", {}, "Close")));
  document.body.append(dialog);
  dialog.showModal();
}

export function notice(text) {
  document.getElementById("notice").textContent = text;
}
