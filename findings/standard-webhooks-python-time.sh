#!/bin/sh
# Standard Webhooks in Python: `sign` takes the clock on the wall of a time with a zone as if it were UTC.
#
# Software: standardwebhooks 1.1.0 of Python; 1.1.1 of npm and 1.0.1 of Rust for comparison.
# One would guess: a time with a zone names one instant, so the signature is the same whichever zone it is given in, as
#   with the `Date` of JavaScript; and a time without a zone is local, as everywhere in Python's `datetime`.
# Seen: 14:00 at +02:00 is signed as 14:00 UTC, two hours later than 12:00 UTC, which is the same instant. With the
#   second of that instant in `webhook-timestamp` no library accepts the signature, the one that made it included; in a
#   zone at UTC (or a machine whose zone is) everything works. Whoever writes a sender or a test of a receiver in Python
#   has to give `datetime.now(timezone.utc)`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install standardwebhooks==1.1.0
npm install --silent --no-save --no-package-lock --prefix . standardwebhooks@1.1.1 > npm.txt
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "verify"
version = "0.0.0"
edition = "2024"
[dependencies]
http = "1"
standardwebhooks = "=1.0.1"
[workspace]
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let mut arguments = std::env::args().skip(1);
    let (second, signature) = (arguments.next().unwrap(), arguments.next().unwrap());
    let mut headers = http::HeaderMap::new();
    headers.insert("webhook-id", "msg_1".parse().unwrap());
    headers.insert("webhook-timestamp", second.parse().unwrap());
    headers.insert("webhook-signature", signature.parse().unwrap());
    let hook = standardwebhooks::Webhook::new("whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0").unwrap();
    println!("{}", if hook.verify(b"{}", &headers).is_ok() { "accepted" } else { "refused" });
}
RUST
cat > verify.js <<'JS'
const { Webhook } = require("standardwebhooks");
const [second, signature] = process.argv.slice(2);
const headers = { "webhook-id": "msg_1", "webhook-timestamp": second, "webhook-signature": signature };
const hook = new Webhook("whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0");
if (second === "sign") {
  // The same instant, written in two zones.
  const times = ["2026-11-02T12:00:00Z", "2026-11-02T14:00:00+02:00"];
  console.log(new Set(times.map((time) => hook.sign("msg_1", new Date(time), "{}"))).size);
} else {
  try { hook.verify("{}", headers); console.log("accepted"); } catch { console.log("refused"); }
}
JS
cat > python.py <<'PY'
import sys
from datetime import datetime, timedelta, timezone
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
hook = Webhook("whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")
if sys.argv[1] == "sign":
    times = ["2026-11-02T12:00:00+00:00", "2026-11-02T14:00:00+02:00"]
    print(len({hook.sign("msg_1", datetime.fromisoformat(time), "{}") for time in times}))
elif sys.argv[1] == "now":
    now = datetime.now(timezone(timedelta(hours=int(sys.argv[2]))))
    print(int(now.timestamp()), hook.sign("msg_1", now, "{}"))
else:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": sys.argv[1], "webhook-signature": sys.argv[2]}
    try:
        hook.verify("{}", headers)
        print("accepted")
    except WebhookVerificationError:
        print("refused")
PY
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
expect "signatures of one instant in two zones, JavaScript" 1 "$(node verify.js sign)"
expect "signatures of one instant in two zones, Python" 2 "$(python/bin/python python.py sign)"
for hours in 0 2; do
  [ $hours = 0 ] && wanted=accepted || wanted=refused
  signed=$(python/bin/python python.py now $hours)
  # shellcheck disable=SC2086 # the second and the signature are two arguments
  {
    expect "signed in Python at +0$hours:00, verified by Python" $wanted "$(python/bin/python python.py $signed)"
    expect "signed in Python at +0$hours:00, verified by JavaScript" $wanted "$(node verify.js $signed)"
    expect "signed in Python at +0$hours:00, verified by Rust" $wanted "$(cargo run --quiet -- $signed)"
  }
done
exit $failed
