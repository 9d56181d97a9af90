// Windows in the console: updates and files that wait for them, and an update that does not. What the functions get is of story.mjs.

/** Windows that are closed until noon of tomorrow: an update waits for them and is withdrawn, and another one breaks the glass. */
export async function windows({ given, page, check, see, heading, press, open, go, inForm, confirm, picture, accessible, narrow, ended }) {
  await go("Infrastructures");
  await page.getByRole("link", { name: "prod" }).first().click();
  await heading("prod");
  const noon = new Date(Date.now() + 24 * 3600 * 1000);
  noon.setUTCHours(12, 0, 0, 0);
  await open("Add a window");
  const window = inForm("Add");
  await window.getByLabel("Name").fill("noon");
  await window.locator("[name=scope]").selectOption("infrastructure/prod");
  await window.getByLabel("Opens at").fill(`0 12 ${noon.getUTCDate()} ${noon.getUTCMonth() + 1} *`);
  await window.getByLabel("Open for minutes").fill("60");
  await window.getByLabel("Time zone").fill("UTC");
  await window.getByLabel("Why").fill("few users");
  await press("Add");
  await page.getByRole("table", { name: "Windows of updates" }).getByText("few users").waitFor();
  await see("Updates may not start now");
  check(await page.locator("main .banner time").first().getAttribute("datetime") === noon.toISOString(), "the next opening is shown");
  await see("no key was rotated.");
  await press("Rotate the keys");
  await confirm("Rotate the keys");
  await page.getByRole("table", { name: "Last rotations" }).locator(".badge", { hasText: "rotated" }).waitFor();
  check(await page.locator("main [data-busy]").count() === 0, "after a rotation the page refreshes again");
  await rotations({ page, check, heading, press, confirm });
  await accessible("an infrastructure with windows");
  await picture("windows");
  await narrow("infrastructures/prod", "windows");
  await page.goto(given.url + "/console/#/deployments/churn-prod");
  await heading("churn-prod");
  await open("What an update would do");
  await press("Plan");
  await see("Windows refuse it now");
  check((await page.getByLabel("Plan of an update of churn-prod").textContent()).includes("churn-prod"), "the plan is shown");
  await press("Update");
  await heading("Windows refuse the update");
  await accessible("an update that windows refuse");
  await picture("outside-windows");
  await narrow("deployments/churn-prod", "outside-windows");
  await press("Start in the next window");
  await see(/The update starts at/);
  await press("Withdraw");
  await confirm("Withdraw");
  await see("The update is withdrawn.");
  await press("Update");
  await page.getByLabel("Reason, kept in the audit").fill("the model harms customers");
  await press("Break the glass");
  await ended(6, "success");
}

/** Whoever may not read tasks sees the end of each rotation, also of a second one on the same page. */
async function rotations({ page, check, heading, press, confirm }) {
  const me = "**/api/v1/me";
  await page.route(me, async route => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), globalAdmin: false } });
  });
  await page.reload();
  await heading("prod");
  const made = page.getByRole("table", { name: "Last rotations" }).locator("tbody td").nth(3);
  for (const turn of ["first", "second"]) {
    const before = await made.textContent();
    await press("Rotate the keys");
    await Promise.all([page.waitForResponse(answer => answer.url().endsWith("/rotate-key")), confirm("Rotate the keys")]);
    await page.locator("main [data-busy]").waitFor({ state: "detached" });
    check(await made.textContent() !== before, `the ${turn} rotation was reported before it ended`);
  }
  await page.unroute(me);
  await page.reload();
  await heading("prod");
}

/** A file of the estate whose update waits for a window, and is withdrawn. */
export async function estate({ page, check, see, heading, press, open, go, confirm, picture, accessible, narrow }) {
  await go("Estate");
  await page.locator("textarea[name=file]").fill(
    "version: 1\ndeployments:\n  - {id: churn-prod, project: CHURN, infrastructure: prod, bundle: v1}\n");
  await page.getByLabel("Update deployments too").check();
  await press("Plan");
  await heading("Plan");
  await see("1 blocker: nothing can be applied now");
  check(await page.getByRole("button", { name: "Apply", exact: true }).count() === 0, "it is not applied now");
  await open("Apply at a given time");
  await accessible("a plan that waits for a window");
  await picture("estate");
  await press("In the next window");
  await page.getByRole("table", { name: "Scheduled files" }).locator(".badge", { hasText: "waiting" }).waitFor();
  await accessible("a file that waits");
  await picture("estate-scheduled");
  await narrow("estate", "estate");
  await press("Withdraw");
  await confirm("Withdraw");
  await see("The file is withdrawn.");
  await page.getByRole("table", { name: "Scheduled files" }).locator(".badge", { hasText: "withdrawn" }).waitFor();
}
