#!/bin/sh
# dataiku-api-client: through a redirect settings are "saved" and infrastructures "created", and nothing is sent.
#
# Software: dataiku-api-client 12.6.4 and 15.2.0 of Python with requests 2.34.2, and a server that redirects, as a proxy in
#   front of a node does whose address has changed (`/old` to `/new`, the same host).
# One would guess: a change through a redirect works, or the client says that it did not: `create_infra` returns a
#   handle only if there is an infrastructure, and `save()` and `delete()` end well only if the node did that.
# Seen: after 302 - the usual answer of proxies - POST, PUT and DELETE are repeated as GET without their body. The GET
#   succeeds, and so do `create_infra`, `save`, `delete` and `start_update`. After 301 it is POST alone that
#   becomes GET. Only 307 and 308 keep all of them. The client passes every call to requests, which follows
#   redirects, and takes any answer below 400 for the one to its own request.
#   A Deployer must not answer official clients with 301 or 302; a script has to read back what it saved.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check requests==2.34.2 python-dateutil==2.9.0.post0 six==1.17.0
for version in 12.6.4 15.2.0; do
  python/bin/pip install --quiet --disable-pip-version-check --no-deps --target "$version" "dataiku-api-client==$version"
done

cat > redirect.py <<'PY'
import http.server, sys, threading
from dataikuapi import DSSClient

version, code, *wanted = sys.argv[1:]
arrived = []

class Node(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        moved = self.path.startswith("/old")
        if moved:
            self.send_response(int(code))
            self.send_header("Location", "/new" + self.path[4:])
        else:
            arrived.append(self.command)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "0" if moved else "2")
        self.end_headers()
        if not moved:
            self.wfile.write(b"{}")

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Node)
threading.Thread(target=server.serve_forever, daemon=True).start()
deployer = DSSClient(f"http://127.0.0.1:{server.server_port}/old", "a-key").get_projectdeployer()
settings = deployer.get_deployment("churn").get_settings()
arrived.clear()
deployer.create_infra("prod", "Production")
settings.save()
deployer.get_deployment("churn").delete()
deployer.get_deployment("churn").start_update()
found = " ".join(arrived)
kept = " ".join(wanted)
print(f"seen: {version}, {code}: {found}" if kept == found else f"changed: {version}, {code}: {found} instead of {kept}")
sys.exit(kept != found)
PY
failed=0
echo 'what a node gets of create_infra, save, delete and start_update, none of which raises'
for version in 12.6.4 15.2.0; do
  client() { PYTHONPATH=$version NO_PROXY=127.0.0.1 python/bin/python redirect.py "$version" "$@" || failed=1; }
  client 301 GET PUT DELETE GET
  client 302 GET GET GET GET
  client 308 POST PUT DELETE POST
done
exit $failed
