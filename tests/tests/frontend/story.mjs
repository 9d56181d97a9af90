// A whole story in the console: register a node, upload, deploy, see a login refused, follow the remedy, deploy again, roll
// back, promote, wait for a window, break the glass, schedule a file. The argument is JSON: where everything is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promotion } from "./promotion.mjs";
import { estate, windows } from "./windows.mjs";

const given = JSON.parse(process.argv[2]);
const require = createRequire(`${given.modules}/index.js`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({ executablePath: given.browser, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: "reduce" });
const page = await context.newPage();
page.setDefaultTimeout(20_000);

const faults = [];
const sizes = [];
page.on("pageerror", error => faults.push(`error of the page: ${error.message}`));
page.on("console", message => {
  // A refused sign-in is logged by the browser itself.
  if (message.type() === "error" && !message.text().includes("Failed to load resource")) faults.push(`console: ${message.text()}`);
});
page.on("request", request => {
  if (!request.url().startsWith(given.url)) faults.push(`a request left the service: ${request.url()}`);
});
const versions = [];
page.on("request", request => {
  // A change of a document says which version of it the reader saw.
  if (request.method() === "PUT" && /\/(settings|users\/[^/]+|groups\/[^/]+)$/.test(request.url()))
    versions.push(request.headers()["if-match"] ?? "none");
});
page.on("response", async response => {
  if (response.url().includes("/console/")) sizes.push((await response.body().catch(() => "")).length);
});

function check(holds, what) {
  if (!holds) throw new Error(what);
}

const see = text => page.getByText(text).first().waitFor();
const heading = text => page.getByRole("heading", { name: text, exact: true }).first().waitFor();
const press = name => page.getByRole("button", { name, exact: true }).first().click();
const open = name => page.locator("summary", { hasText: name }).first().click();
const go = async (name, title = name) => { await page.getByRole("navigation").getByRole("link", { name }).click(); await heading(title); };
const inForm = button => page.locator("form", { has: page.getByRole("button", { name: button, exact: true }) }).first();
const confirm = name => page.locator("dialog").getByRole("button", { name }).click();

async function picture(name) {
  if (given.pictures) await page.screenshot({ path: `${given.pictures}/${name}.png`, fullPage: true });
}

/** No barrier that axe knows, on the page as it is now. */
async function accessible(what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const shown = violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(" ")}`);
  check(violations.length === 0, `${what} has barriers: ${shown.join("; ")}`);
}

async function signIn(fill) {
  await heading("Sign in");
  await fill();
  await heading("Board");
}

const asAdministrator = () => signIn(async () => {
  await open("With an API key");
  await page.getByLabel("API key").fill(given.key);
  await press("Sign in with the key");
});

const asDana = () => signIn(async () => {
  await page.getByLabel("Login").fill("dana");
  await page.getByLabel("Password").fill(given.password);
  await press("Sign in");
});

const signOut = async () => { await press("Sign out"); await heading("Sign in"); };

/** Waits until the deployment has had so many updates, and the last one has ended in this way. */
async function ended(count, status) {
  const rows = page.getByRole("table", { name: "Updates", exact: true }).locator("tbody tr");
  await rows.nth(count - 1).waitFor();
  await rows.first().locator(".badge", { hasText: status }).waitFor();
}

async function prepare() {
  await page.goto(given.url + "/console/");
  await heading("Sign in");
  await accessible("the page to sign in");
  check(sizes.reduce((sum, size) => sum + size, 0) < 150 * 1024, "the first page is too large");
  await page.getByLabel("Login").fill("dana");
  await page.getByLabel("Password").fill("not this one, surely");
  await press("Sign in");
  await see("the login or the password is wrong");
  await asAdministrator();
  await go("Users and keys");
  const group = inForm("Create a group");
  await group.getByLabel("Name").fill("releasers");
  await group.getByLabel("May create projects").check();
  await press("Create a group");
  await page.getByRole("rowheader", { name: "releasers" }).waitFor();
  const user = inForm("Create a user");
  await user.getByLabel("Login").fill("dana");
  await user.getByLabel("Group").selectOption("releasers");
  await press("Create a user");
  const row = page.getByRole("row", { name: /^dana/ });
  await row.locator("summary", { hasText: "Set a password" }).click();
  await page.getByLabel("New password of dana").fill(given.password);
  await row.getByRole("button", { name: "Set", exact: true }).click();
  await see("The password of dana is set.");
  await accessible("users and keys");
  await picture("users-and-keys");
}

async function register() {
  await go("Infrastructures");
  await open("Register a node");
  const node = inForm("Create");
  await node.getByLabel("Id").fill("prod");
  await node.getByLabel("Stage").selectOption("Production");
  await node.getByLabel("Address of the node").fill(given.node);
  await node.getByLabel("Admin API key of the node").fill(given.nodeKey);
  await press("Create");
  await heading("prod");
  const grant = inForm("Grant");
  await grant.getByLabel("Group").selectOption("releasers");
  await grant.getByLabel("Right").selectOption("deploy");
  await press("Grant");
  await page.getByRole("rowheader", { name: "releasers" }).waitFor();
  await press("Check the nodes");
  await see("a deployment.");
  await accessible("an infrastructure");
  for (const on of [true, false]) {
    await page.getByLabel(/authorizes/).setChecked(on);
    await inForm("Save").getByRole("button", { name: "Save" }).click();
    // The page is another one once it is saved.
    await page.waitForFunction(on => document.querySelector("[name=mergeAuthorizedObjects]")?.defaultChecked === on, on);
    const settings = await page.evaluate(async () => (await fetch("../api/v1/infrastructures/prod/settings")).json());
    check((settings.mergeAuthorizedObjects === true) === on, "authorized objects are merged as the form says");
  }
}

/** What is watched, and what is ignored. */
async function watching() {
  await go("Findings");
  await open("Change what is watched");
  await inForm("Save").getByLabel("Seconds between rounds of health").fill("604800");
  await press("Save");
  await page.getByRole("table", { name: "Rounds" }).getByText("604800 s").first().waitFor();
  await open("Ignore findings");
  const rule = inForm("Ignore");
  await rule.getByLabel("Kind").selectOption("scenario");
  await rule.getByLabel("Why").fill("they fail until June");
  await rule.getByLabel("Until").fill("2099-06-01");
  await press("Ignore");
  await page.getByRole("table", { name: "Rules" }).getByText("they fail until June").waitFor();
  await accessible("findings");
  await picture("findings");
  await narrow("findings");
  await press("Remove");
  await confirm("Remove");
  await see("Rules: None.");
}

/** A webhook from its creation to its end. Its secret is shown when it is made. */
async function webhook() {
  const secret = async () => {
    await heading("Secret of ops");
    const text = await page.locator("dialog pre").innerText();
    check(text.startsWith("whsec_"), "a secret is shown");
    await page.locator("dialog").getByRole("button", { name: "Close" }).click();
    check(!(await page.locator("body").innerText()).includes("whsec_"), "and not again");
    return text;
  };
  await go("Findings");
  await page.locator("main").getByRole("link", { name: "Webhooks" }).click();
  await heading("Webhooks");
  await open("Add a webhook");
  const made = inForm("Create");
  await made.getByLabel("Id", { exact: true }).fill("ops");
  await made.getByLabel("Address").fill("https://hooks.invalid/deployer");
  await made.getByLabel("Production").check();
  await accessible("a new webhook");
  await press("Create");
  const first = await secret();
  await heading("ops");
  await press("Send a test");
  await page.locator(".badge", { hasText: "failed" }).waitFor();
  await page.getByLabel("The health of a deployment changes").check();
  await press("Save");
  await page.locator("dd", { hasText: "health.changed" }).waitFor();
  check(await page.getByLabel("Production").isChecked(), "it keeps its stages");
  await accessible("a webhook");
  await picture("webhook");
  await narrow("webhooks/ops");
  await press("Switch off");
  await page.locator("dd .badge", { hasText: "off" }).waitFor();
  await press("Make a new secret");
  await confirm("Make a new secret");
  check(await secret() !== first, "it is another one");
  await page.goto(`${given.url}/console/#/webhooks`);
  await heading("Webhooks");
  await accessible("webhooks");
  await page.getByRole("link", { name: "ops" }).click();
  await heading("ops");
  await press("Delete the webhook");
  await confirm("Delete the webhook");
  await see("Webhooks: None.");
}

/** A page on a dark and narrow screen. */
async function narrow(place, name) {
  const size = page.viewportSize();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 740 });
  await accessible(`#/${place} on a dark and narrow screen`);
  const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  check(wide <= shown, `#/${place} is wider than a narrow screen: ${wide}`);
  if (name) await picture(`${name}-narrow-and-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(size);
}

async function release() {
  await go("Projects");
  for (const bundle of given.bundles) {
    await page.getByLabel("Archive of the bundle").setInputFiles(bundle);
    await press("Upload");
    await see("The bundle is published.");
  }
  await page.getByRole("link", { name: "CHURN" }).first().click();
  await page.getByRole("rowheader", { name: "v2" }).waitFor();
  await accessible("a project");
  await picture("project");
  await go("Board");
  await open("New deployment");
  const deployment = inForm("Create");
  await deployment.getByLabel("Id").fill("churn-prod");
  await deployment.getByLabel("Bundle").fill("v1");
  // The page opens only after a refresh for the new deployment, 300 ms after its event. The form and the address both ask for it.
  // The route stays: if the last one goes, the browser answers what is held back.
  let held = 2;
  await page.route("**/api/v1/deployments/churn-prod", async route => {
    if (held-- > 0) await new Promise(resolve => setTimeout(resolve, 1000));
    await route.continue();
  });
  await press("Create");
  await heading("churn-prod");
}

async function refused() {
  await press("Update");
  await ended(1, "failed");
  await see("dana");
  await accessible("a deployment whose update failed");
  await picture("login-refused");
  await signOut();
  await asAdministrator();
  await go("Infrastructures");
  await page.getByRole("link", { name: "prod" }).first().click();
  await heading("prod");
  await press("Compare logins");
  await page.getByRole("rowheader", { name: "dana" }).first().waitFor();
  await page.locator("td .badge", { hasText: "disabled" }).first().waitFor();
  await accessible("parity");
  await picture("parity");
  await press("Apply the remedies");
  await confirm("Apply the remedies");
  await page.getByRole("table", { name: "Calls" }).getByText("done").first().waitFor();
  await audit();
  await signOut();
  await asDana();
}

/** The audit has what was done, and its chain is whole. */
async function audit() {
  await go("Audit");
  await inForm("Show").getByLabel("Kind").selectOption("deployment");
  await press("Show");
  await page.getByRole("link", { name: "deployment churn-prod" }).first().click();
  await page.getByRole("heading", { name: /deployment churn-prod/ }).waitFor();
  await accessible("a record of the audit");
  await page.goBack();
  await heading("Audit");
  await press("Check");
  await see("The chain is whole.");
  await accessible("the audit");
  await picture("audit");
}

async function again() {
  await page.getByRole("link", { name: "churn-prod" }).click();
  await heading("churn-prod");
  await press("Update");
  await ended(2, "success");
  // The page is drawn anew at the end, and a click before that is lost.
  await see("The update has ended.");
  await page.getByLabel("Bundle").first().selectOption("v2");
  await press("Update");
  await ended(3, "success");
  await press("Roll back to v1");
  await ended(4, "success");
  check(await page.locator("dd", { hasText: /^v1$/ }).count() === 1, "the deployment has v1 again");
  await open("Log");
  await see("ended: success");
  await accessible("a deployment");
  await picture("deployment");
  await go("Board");
  await page.locator("article .badge", { hasText: "healthy" }).first().waitFor();
  await accessible("the board");
  await picture("board");
  await go("History");
  check(await page.getByRole("row").count() === 5, "the history has four updates");
  await accessible("the history");
}

/** Deep links, the keyboard, narrow and dark screens. */
async function manners() {
  await page.goto(given.url + "/console/#/deployments/churn-prod");
  await page.reload();
  await heading("churn-prod");
  await page.goto(given.url + "/console/#/deployments/none");
  await see("there is no deployment");
  await page.goto(given.url + "/console/#/");
  await page.reload();
  await heading("Board");
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className) === "skip", "the first stop of Tab skips to the content");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 740 });
  for (const place of ["", "deployments/churn-prod", "projects/CHURN"]) {
    await page.goto(`${given.url}/console/#/${place}`);
    await page.reload();
    await page.locator("main h1").waitFor();
    await page.locator("main table, main .board").first().waitFor();
    await accessible(`#/${place} on a dark and narrow screen`);
    const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    check(wide <= shown, `#/${place} is wider than a narrow screen: ${wide}`);
  }
  await picture("narrow-and-dark");
}

/** A proxy answers for a service that restarts: the page is live again afterwards, whatever its reader does. */
async function restarted() {
  await go("Projects");
  const answered = (status, type) => page.waitForResponse(response =>
    response.url().endsWith("/events") && response.status() === status && response.request().resourceType() === type);
  await page.route("**/api/v1/events", route => route.fulfill({ status: 502, body: "no service" }));
  const looked = answered(502, "fetch");
  await page.reload();
  await heading("Projects");
  await looked;
  const live = answered(200, "eventsource");
  await page.unroute("**/api/v1/events");
  await live;
  const project = { method: "POST", body: JSON.stringify({ key: "LATER" }) };
  await page.evaluate(project => fetch("../api/v1/projects", project), project);
  await page.getByRole("link", { name: "LATER" }).first().waitFor();
}

/** A part of a page that is answered after its reader has signed out is no fault of the page. */
async function leftBehind() {
  const log = /\/updates\/\d+\/log$/;
  const asked = new Promise(resolve => page.route(log, resolve));
  await page.goto(given.url + "/console/#/deployments/churn-prod");
  const route = await asked;
  await signOut();
  const answered = page.waitForResponse(log);
  await route.fulfill({ status: 401, json: { code: "credentials-missing", detail: "the request has no session" } });
  await (await answered).finished();
  await page.unroute(log);
  await asAdministrator();
}

/** What the parts of the story in other files do it with. */
const hands = { given, page, check, see, heading, press, open, go, inForm, confirm, picture, accessible, narrow, ended };

try {
  await prepare();
  await register();
  await watching();
  await webhook();
  await signOut();
  await asDana();
  await release();
  await refused();
  await again();
  await signOut();
  await asAdministrator();
  await promotion(hands);
  await windows(hands);
  await estate(hands);
  await restarted();
  await leftBehind();
  await manners();
  check(versions.length > 0 && versions.every(tag => /^"\d+"$/.test(tag)), `the console sends the versions ${versions}`);
  check(faults.length === 0, faults.join("\n"));
  console.log("the story ended well");
} catch (error) {
  await picture("fault");
  console.error(error);
  console.error(faults.join("\n"));
  console.error(await page.locator("body").innerText().catch(() => ""));
  process.exitCode = 1;
} finally {
  await browser.close();
}
