// The API of the service. The console has no other one.

const BASE = new URL("../api/v1/", document.baseURI);

/** An error of the API, with what to do. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.fix ? `${problem.detail}; ${problem.fix}` : problem.detail);
    this.code = problem.code;
    this.status = problem.status;
  }

  /** Whether there is no session: it expired, or its reader signed out. */
  get hasNoSession() {
    return ["session-ended", "credentials-missing"].includes(this.code);
  }
}

/** Called when the session is over. A request of an earlier session says nothing about this one. */
export const session = { ended: () => {}, number: 0 };

export async function send(method, path, { body, headers = {}, raw } = {}) {
  const request = { method, headers: { "x-requested-with": "console", ...headers } };
  if (raw) request.body = raw;
  else if (body !== undefined) request.body = JSON.stringify(body);
  if (method === "POST" && !raw) request.headers["idempotency-key"] = newKey();
  const { number } = session;
  let response;
  try {
    response = await fetch(new URL(path.replace(/^\//, ""), BASE), request);
  } catch {
    throw new Problem({ code: "unreachable", detail: "The Deployer does not answer", fix: "check that it runs" });
  }
  if (response.ok) return response;
  let problem;
  try {
    problem = await response.json();
  } catch {
    problem = { status: response.status, detail: `The Deployer answered ${response.status}` };
  }
  const refused = new Problem(problem);
  if (refused.hasNoSession && path !== "/session" && number === session.number) session.ended();
  throw refused;
}

// Also where the page is not served over TLS.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");
}

export const get = async path => (await send("GET", path)).json();
export const post = async (path, body = {}) => {
  const response = await send("POST", path, { body });
  return response.status === 204 ? null : response.json();
};
export const remove = path => send("DELETE", path);

/** All pages of a list, up to a thousand entries. */
export async function list(path) {
  const items = [];
  let after = "";
  do {
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}limit=500${after}`);
    items.push(...page.items);
    after = page.next ? `&after=${page.next}` : "";
  } while (after && items.length < 1000);
  return items;
}

/** A document with its version. Keep both for as long as the document is shown. */
export async function read(path) {
  const response = await send("GET", path);
  return { document: await response.json(), version: response.headers.get("etag") };
}

/** Saves a document, unless it is another one by now than the one with this version. */
export const save = (path, document, version) => send("PUT", path, { body: document, headers: { "if-match": version } });

/** Changes a document as it is now: only for a change that does not depend on what was shown. */
export async function edit(path, change) {
  const { document, version } = await read(path);
  change(document);
  return save(path, document, version);
}

/** Whether a stream is `there`, `refused` by the service itself, or not there for a while, as behind a proxy while the service restarts. */
async function streamNow(path) {
  try {
    await (await send("GET", path)).body.cancel();
    return "there";
  } catch ({ code, status }) {
    return code && status < 500 && status !== 429 ? "refused" : "later";
  }
}

/** Live events of one page. They stop while it is hidden. */
export function follow(path, listeners) {
  let source, waiting;
  const open = () => {
    if (source || document.hidden) return;
    const opened = source = new EventSource(new URL(path.replace(/^\//, ""), BASE));
    // It reconnects by itself after a lost connection, and after no other answer than 200.
    source.addEventListener("error", () => { if (source === opened && source.readyState === EventSource.CLOSED) wait(); });
    for (const [kind, listener] of Object.entries(listeners)) {
      source.addEventListener(kind, event => listener(JSON.parse(event.data || "{}")));
    }
  };
  const close = () => { clearTimeout(waiting); source?.close(); source = undefined; };
  // What was missed is read again.
  const reopen = () => { close(); open(); listeners.reset?.({}); };
  const wait = () => {
    const closed = source;
    waiting = setTimeout(async () => {
      const now = await streamNow(path);
      if (source !== closed) return;
      if (now === "there") reopen();
      else if (now === "later") wait();
    }, 2000 + 3000 * Math.random());
  };
  const toggle = () => document.hidden ? close() : reopen();
  document.addEventListener("visibilitychange", toggle);
  open();
  return () => { document.removeEventListener("visibilitychange", toggle); close(); };
}
