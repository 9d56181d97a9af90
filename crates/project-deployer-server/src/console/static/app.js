// The console: which page is shown, and what all pages share.
import { follow, get, remove, session, Problem } from "./api.js";
import { button, h, link, notice } from "./dom.js";
import { board } from "./pages/board.js";
import { deployment, history } from "./pages/deployment.js";
import { fleet, fleets } from "./pages/fleets.js";
import { infrastructure, infrastructures } from "./pages/infrastructures.js";
import { project, projects } from "./pages/projects.js";
import { access } from "./pages/access.js";
import { audit, auditRecord } from "./pages/audit.js";
import { estate, forgetEstate } from "./pages/estate.js";
import { watching } from "./pages/watching.js";
import { webhook, webhooks } from "./pages/webhooks.js";
import { signIn } from "./pages/sign_in.js";

const PAGES = [
  [/^\/$/, board], [/^\/deployments\/([^/]+)$/, deployment], [/^\/history$/, history],
  [/^\/infrastructures$/, infrastructures], [/^\/infrastructures\/([^/]+)$/, infrastructure],
  [/^\/fleets$/, fleets], [/^\/fleets\/([^/]+)$/, fleet],
  [/^\/projects$/, projects], [/^\/projects\/([^/]+)$/, project], [/^\/access$/, access],
  [/^\/findings$/, watching], [/^\/webhooks$/, webhooks], [/^\/webhooks\/([^/]+)$/, webhook], [/^\/estate$/, estate], [/^\/audit$/, audit], [/^\/audit\/([^/]+)\/([^/]+)$/, auditRecord],
];
const MENU = [["/", "Board"], ["/infrastructures", "Infrastructures"], ["/fleets", "Fleets"], ["/projects", "Projects"], ["/history", "History"],
  ["/findings", "Findings"], ["/access", "Users and keys"], ["/estate", "Estate"], ["/audit", "Audit"]];

/** What only administrators have. */
const ADMINISTRATION = ["/estate", "/audit", "/fleets"];

const main = document.getElementById("main");
let current = 0, opening = 0, missed = false, stop = [], moved = false, isOut = false, me, followed;

const place = () => decodeURI(location.hash.slice(1)) || "/";

/** Shows the page of the address. `quiet` is a refresh: the focus stays where it is. */
async function show({ quiet = false, forced = false } = {}) {
  if (!me) return;
  // A refresh waits for a page that is being opened or drawn after its form was sent. It would be dropped for that form, and that one
  // with it.
  if (quiet && !forced && opening && opening === current) { missed = true; return; }
  const turn = ++current;
  if (!quiet || forced) opening = turn;
  if (!quiet) { stop.forEach(end => end()); stop = []; notice(""); }
  const path = location.hash.slice(1) || "/";
  const [pattern, page] = PAGES.find(([pattern]) => pattern.test(path)) ?? [];
  if (!page) { main.replaceChildren(h("h1", {}, "There is no such page")); return; }
  const context = {
    me, again: () => show({ quiet: true, forced: true }), refresh: () => show({ quiet: true }), ending: end => stop.push(end), quiet, main,
    isCurrent: () => turn === current,
  };
  try {
    const content = await page(context, ...path.match(pattern).slice(1).map(decodeURIComponent));
    if (turn !== current || content === undefined) return;
    // A reader who types or chooses is not interrupted.
    if (quiet && !forced && isBusy()) return;
    main.replaceChildren(...[content].flat(Infinity).filter(Boolean));
  } catch (problem) {
    if (turn !== current || problem.hasNoSession) return;
    if (!(problem instanceof Problem)) console.error(problem);
    if (quiet && problem.status !== 404) { notice(problem.message); return; }
    main.replaceChildren(h("h1", {}, "This cannot be shown"), h("p", { role: "alert" }, problem.message));
  } finally {
    if (opening === turn) opened();
  }
  document.title = `${main.querySelector("h1")?.textContent ?? ""} – Project Deployer`;
  menu();
  // Not for the first page: its reader begins at the top.
  if (!quiet && moved) main.focus({ preventScroll: true });
}

function opened() {
  opening = 0;
  if (missed) show({ quiet: true });
  missed = false;
}

const isBusy = () => main.querySelector("details[open] form, form:focus-within, [data-busy]") !== null
  || document.querySelector("dialog[open]") !== null
  || [...main.querySelectorAll("input, select, textarea")].some(isChanged);

function isChanged(field) {
  if (field.type === "file") return field.files.length > 0;
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.localName !== "select") return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex(option => option.defaultSelected));
}

function menu() {
  const nav = document.getElementById("menu");
  nav.hidden = !me;
  const of = place().startsWith("/webhooks") ? "/findings" : place();
  const is = path => path === "/" ? of === "/" : of.startsWith(path);
  nav.replaceChildren(h("ul", {}, MENU.filter(([path]) => !ADMINISTRATION.includes(path) || me?.globalAdmin).map(([path, text]) => {
    const item = link(path, text);
    if (is(path)) item.setAttribute("aria-current", "page");
    return h("li", {}, item);
  })));
  document.getElementById("who").replaceChildren(...(me ? [
    h("span", {}, me.displayName),
    button("Sign out", async () => { await remove("/session"); signedOut(); location.hash = "#/"; }),
  ] : []));
}

function signedOut() {
  session.number++;
  // Somebody may be typing there already.
  if (isOut) return;
  isOut = true;
  me = undefined;
  forgetEstate();
  followed?.();
  followed = undefined;
  stop.forEach(end => end());
  stop = [];
  current++;
  menu();
  document.title = "Sign in – Project Deployer";
  main.replaceChildren(...signIn(start));
  main.querySelector("input")?.focus();
}

async function start() {
  me = await get("/me");
  isOut = false;
  let waiting;
  const refresh = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show({ quiet: true }), 300);
  };
  followed?.();
  followed = follow("/events", { change: refresh, reset: refresh });
  await show();
}

session.ended = signedOut;
// A part of a page whose answer came after the end of its session: the page to sign in is there instead.
window.addEventListener("unhandledrejection", event => { if (event.reason?.hasNoSession) event.preventDefault(); });
window.addEventListener("hashchange", () => { moved = true; if (me) show(); });
start().catch(problem => problem.status === 401 ? signedOut() : notice(problem.message));
