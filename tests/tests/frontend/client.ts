// A client that is generated from the description of the API, compiled with strict settings, and used against a service.
// The arguments are the address of the service and an API key.
import createClient from "openapi-fetch";
import type { components, paths } from "./deployer.js";

const [url, key] = process.argv.slice(2) as [string, string];
const headers = { authorization: `Bearer ${key}` };
const deployer = createClient<paths>({ baseUrl: `${url}/api/v1`, headers });

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Every page of a list. */
async function deployments(): Promise<components["schemas"]["Deployment"][]> {
  const all: components["schemas"]["Deployment"][] = [];
  let after: string | undefined;
  do {
    const { data } = await deployer.GET("/deployments", { params: { query: { limit: 1, ...(after && { after }) } } });
    check(data !== undefined, "a page of deployments");
    all.push(...data.items);
    after = data.next ?? undefined;
  } while (after !== undefined);
  return all;
}

const me = await deployer.GET("/me");
check(me.data?.globalAdmin === true, "the caller is an administrator");

const stages = await deployer.GET("/stages");
check(stages.data?.items.map((stage) => stage.id).join() === "Development,Test,Production", "the stages");

// Sent twice, done once.
const once = { params: { header: { "Idempotency-Key": "from TypeScript" } }, body: { key: "TYPED" } };
const created = await deployer.POST("/projects", once);
const again = await deployer.POST("/projects", once);
check(created.data?.key === "TYPED" && again.data?.key === "TYPED", "the project is created once");

// Read, change, save what was seen; another save of the same state is refused.
const project = { path: { project: "TYPED" } };
const settings = await deployer.GET("/projects/{project}/settings", { params: project });
check(settings.data !== undefined, "the settings");
const tag = settings.response.headers.get("etag") ?? "";
const save = (name: string) =>
  deployer.PUT("/projects/{project}/settings", {
    params: { ...project, header: { "If-Match": tag } },
    body: { ...(settings.data as Record<string, unknown>), name },
  });
check((await save("Typed")).response.status === 200, "the settings are saved");
const lost = await save("Lost");
check(lost.error?.code === "etag-mismatch" && lost.error.fix !== "", "the second save is refused");

// Live events: the update of the deployment shows.
const [deployment] = await deployments();
check(deployment !== undefined, "there is a deployment");
const stream = await fetch(`${url}/api/v1/events`, { headers });
check(stream.body !== null, "a stream of events");
const started = await deployer.POST("/deployments/{deployment}/updates", {
  params: { path: { deployment: deployment.id } },
  body: {},
});
check(started.data !== undefined, "an update");
let text = "";
for await (const piece of stream.body.pipeThrough(new TextDecoderStream())) {
  text += piece;
  if (/"status":"(SUCCESS|WARNING|FAILED)"/.test(text)) break;
}
const update = await deployer.GET("/deployments/{deployment}/updates/{start}", {
  params: { path: { deployment: deployment.id, start: started.data.start } },
});
check((update.data?.nodes.length ?? 0) > 0, "the steps of the update");

const absent = await deployer.GET("/deployments/{deployment}", { params: { path: { deployment: "none" } } });
check(absent.error?.code === "not-found" && absent.error.status === 404, "what does not exist is a problem");

console.log(`${(await deployments()).length} deployments`);
process.exit(0);
