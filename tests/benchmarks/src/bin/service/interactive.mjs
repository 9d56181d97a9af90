// How long the first page of the console takes until a reader can use it. The argument is JSON: where everything is. Prints
// JSON: the milliseconds from the start of the navigation, for browsers that never saw the console and for one that did.
import { createRequire } from "node:module";

const given = JSON.parse(process.argv[2]);
const require = createRequire(`${given.modules}/index.js`);
const { chromium } = require("playwright-core");

const browser = await chromium.launch({ executablePath: given.browser, args: ["--no-sandbox"] });
const page = `${given.url}/console/`;

/** Takes the time when all deployments are drawn, at the end of the task that drew them and gave buttons and menu their
 * handlers, and when the browser has shown that. */
function watch(deployments) {
  const seen = new MutationObserver(() => {
    if (document.querySelectorAll(".board article").length < deployments) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => { globalThis.interactive = performance.now(); }));
  });
  document.addEventListener("DOMContentLoaded", () => {
    seen.observe(document.getElementById("main"), { childList: true, subtree: true });
  });
}

/** Opens the console in a new page of a context. */
async function time(context) {
  const opened = await context.newPage();
  await opened.addInitScript(watch, given.deployments);
  await opened.goto(page);
  await opened.waitForFunction(() => globalThis.interactive !== undefined);
  const passed = await opened.evaluate(() => globalThis.interactive);
  // It is usable indeed: the menu leads on.
  await opened.getByRole("navigation").getByRole("link", { name: "Projects" }).click();
  await opened.getByRole("heading", { name: "Projects", exact: true }).waitFor();
  await opened.close();
  return passed;
}

const first = await browser.newContext();
const form = await first.newPage();
await form.goto(page);
await form.locator("summary", { hasText: "With an API key" }).click();
await form.getByLabel("API key").fill(given.key);
await form.getByRole("button", { name: "Sign in with the key" }).click();
await form.getByRole("heading", { name: "Board" }).waitFor();
await form.close();

const storageState = await first.storageState();
const times = { never: [], before: [] };
for (let round = 0; round < given.rounds; round++) {
  const context = await browser.newContext({ storageState });
  times.never.push(await time(context));
  await context.close();
  times.before.push(await time(first));
}
await browser.close();
console.log(JSON.stringify(times));
