// The page of examples/own_frontend: what it shows, and what it says when something is wrong. The argument is JSON: where
// everything is.
import { createRequire } from "node:module";

const given = JSON.parse(process.argv[2]);
const require = createRequire(`${given.modules}/index.js`);
const { chromium } = require("playwright-core");

const browser = await chromium.launch({ executablePath: given.browser, args: ["--no-sandbox"] });
const page = await (await browser.newContext({ viewport: { width: 900, height: 700 } })).newPage();
page.setDefaultTimeout(20_000);

const faults = [];
page.on("pageerror", error => faults.push(`error of the page: ${error.message}`));
/** The streams that the page has asked for and not ended. */
const streams = new Set();
page.on("request", request => { if (request.url().endsWith("/events")) streams.add(request); });
page.on("requestfinished", request => streams.delete(request));
page.on("requestfailed", request => streams.delete(request));

function check(holds, what) {
  if (!holds) throw new Error(what);
}

const says = text => page.getByRole("status").filter({ hasText: text }).waitFor();
const shows = text => page.getByRole("cell", { name: text, exact: true }).first().waitFor();
const press = () => page.getByRole("button", { name: "Show" }).click();
const sign = async (url, key) => {
  await page.getByLabel("Address").fill(url);
  await page.getByLabel("API key").fill(key);
  await press();
};

/** Waits for what no element shows. */
async function until(holds, what) {
  for (let tries = 0; !holds(); tries++) {
    check(tries < 400, `it never came: ${what}`);
    await new Promise(passed => setTimeout(passed, 50));
  }
}

/** Asks the service, past the page. */
async function ask(method, path, body) {
  const headers = { authorization: `Bearer ${given.key}` };
  const answer = await fetch(`${given.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  check(answer.ok, `${method} ${path}: ${answer.status} ${answer.ok || await answer.text()}`);
  return answer;
}

await page.clock.install();
// The same page by another name, which is another origin.
const other = given.page.replace("127.0.0.1", "localhost");
await page.goto(other);
await sign(given.url, given.key);
await says(`cannot reach ${given.url}, or it does not allow ${other}`);

await page.goto(given.page);
await sign(given.url, "no-key");
await says("key");
check(await page.getByRole("cell").count() === 0, "nothing is shown without a key");

await sign(given.url, given.key);
await says("No deployments yet.");
const creation = { id: "churn-prod", project: "CHURN", infrastructure: "prod", bundle: "v1" };
await ask("POST", "/deployments", creation);
await shows("not deployed yet");
await says("Live.");
await page.getByRole("columnheader", { name: "last update" }).first().waitFor();

// A press is one list and one stream: after more of them than a browser has connections, the page goes on.
for (let times = 0; times < 8; times++) await press();
await ask("POST", "/deployments/churn-prod/updates");
await shows(/^(SUCCESS|WARNING|FAILED)$/);
check(streams.size <= 1, `${streams.size} streams are open`);
if (given.pictures) await page.screenshot({ path: `${given.pictures}/own-frontend.png` });

// The service is gone for a while.
await page.route("**/api/v1/**", route => route.abort());
await press();
await says("cannot reach");
await page.unroute("**/api/v1/**");
await says("Live.");

// The stream goes on, and the list does not: each stream ends with its list. A browser has six connections.
await page.route("**/api/v1/deployments**", route => route.fulfill({ status: 500, json: { detail: "no list", status: 500 } }));
await press();
await says("no list");
let failures = 0;
page.on("response", response => { failures += response.status() === 500; });
await until(() => failures >= 8, "it asks on");
await page.unroute("**/api/v1/deployments**");
await ask("POST", "/deployments", { ...creation, id: "churn-later" });
await shows("churn-later");
await says("Live.");
check(streams.size === 1, `${streams.size} streams are open after lists that failed`);

// Nobody looks for a while.
const hide = hidden => page.evaluate(hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}, hidden);
await hide(true);
await until(() => streams.size === 0, "a hidden page has no stream");
await ask("POST", "/deployments", { ...creation, id: "churn-unseen" });
await page.clock.runFor(10_000);
check(streams.size === 0 && await page.getByText("churn-unseen").count() === 0, "a hidden page shows nothing new");
await hide(false);
await shows("churn-unseen");
await ask("POST", "/deployments", { ...creation, id: "churn-seen" });
await shows("churn-seen");
check(streams.size === 1, `${streams.size} streams are open after the page was hidden`);

// The key is deleted.
const keys = await (await ask("GET", "/keys")).json();
await ask("DELETE", `/keys/${encodeURIComponent(keys.items[0].id)}`);
await says("key");
const asked = [];
page.on("request", request => asked.push(request.url()));
await page.clock.runFor(10_000);
check(asked.length === 0, `it asks on without a key: ${asked}`);

check(faults.length === 0, faults.join("\n"));
await browser.close();
console.log("the page did what it says");
