// A promotion in the console, planned before it is done. What the function gets is of story.mjs.

/** A deployment in an earlier stage, whose bundle is promoted as planned. */
export async function promotion({ given, page, check, see, heading, press, open, go, inForm, picture, accessible, narrow, ended }) {
  await go("Infrastructures");
  await open("Register a node");
  const node = inForm("Create");
  await node.getByLabel("Id").fill("test");
  await node.getByLabel("Stage").selectOption("Test");
  await node.getByLabel("Address of the node").fill(given.node);
  await node.getByLabel("Admin API key of the node").fill(given.nodeKey);
  await press("Create");
  await heading("test");
  await go("Board");
  await open("New deployment");
  const deployment = inForm("Create");
  await deployment.getByLabel("Id").fill("churn-test");
  await deployment.getByLabel("Infrastructure").selectOption("test");
  await deployment.getByLabel("Bundle").fill("v1");
  await press("Create");
  await heading("churn-test");
  await open("What a promotion to the next stage would do");
  // Somebody gives it another bundle while the page is open: what is planned is what is started.
  await page.evaluate(async () => {
    const at = "../api/v1/deployments/churn-test/settings";
    const seen = await fetch(at);
    const body = JSON.stringify({ ...await seen.json(), bundleId: "v2" });
    await fetch(at, { method: "PUT", body, headers: { "if-match": seen.headers.get("etag") } });
  });
  await press("Plan the promotion");
  await see("It would change what is on the nodes.");
  const plan = await page.getByLabel("Plan of an update of churn-prod").textContent();
  check(plan.includes("v2"), `the plan has the bundle: ${plan}`);
  await accessible("the plan of a promotion");
  await picture("promotion");
  await narrow("deployments/churn-test", "promotion");
  await press("Start as planned");
  await heading("churn-prod");
  await ended(5, "success");
  check(await page.locator("dd", { hasText: /^v2$/ }).count() === 1, "the deployment has the bundle of the earlier stage");
  await open("What a promotion to the next stage would do");
  await press("Plan the promotion");
  await see("no stage follows stage");
}
