#!/bin/sh
# Cron libraries say that they follow Vixie cron, and run on other days than it where a day field begins with `*/`.
#
# Software: cron 3.0pl1-162 of Debian 12 (Vixie cron) under faketime 0.9.10-2.1; croner 4.0.3 (Rust), croner 11.0.1 and
#   cron-parser 5.10.6 (JavaScript), croniter 7.0.0 (Python). Run it as root: cron has namespaces of its own, and
#   writes nothing outside.
# One would guess: `0 9 */2 * 1` means the same wherever it is written, since there is one rule: if both day fields
#   are restricted, either of them is enough. So it runs on each odd day and on each Monday.
# Seen: the libraries do that. For cron a field that begins with `*` is no restriction, whatever follows, so that both
#   fields have to match: it runs only on Mondays with an odd date. Written as `1-31/2`, which are the same days, it
#   runs like the libraries. A schedule that is moved from a crontab into a library so runs on 18 days instead of 2.
set -eu
if [ "${1-}" != inside ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  mkdir -p "$folder/cache/archives/partial" "$folder/tree/usr" "$folder/tree/etc" "$folder/tree/var"
  apt-get --quiet=2 --yes --no-install-recommends --download-only --option APT::Sandbox::User=root \
    --option Debug::NoLocking=1 --option "Dir::Cache=$folder/cache" install cron=3.0pl1-162 \
    faketime=0.9.10-2.1 libfaketime=0.9.10-2.1 > "$folder/apt.txt"
  for package in "$folder"/cache/archives/*.deb; do dpkg-deb --extract "$package" "$folder/tree"; done
  cp "$0" "$folder/script.sh"
  chmod 755 "$folder"
  TZ=UTC unshare --mount --net --pid --fork --kill-child --propagation private sh "$folder/script.sh" inside "$folder" \
    > "$folder/cron.txt"

  cd "$folder"
  # The days of November 2026 on which each library runs an expression, by its own search for the next time.
  cat > expressions.txt <<'TEXT'
0 9 */2 * 1
0 9 1-31/2 * 1
TEXT
  python3 -m venv python
  python/bin/pip --quiet --disable-pip-version-check install croniter==7.0.0
  python/bin/python > croniter.txt <<'PY'
from datetime import datetime
from croniter import croniter
for text in open("expressions.txt").read().splitlines():
    search, days = croniter(text, datetime(2026, 11, 1)), []
    while (time := search.get_next(datetime)) < datetime(2026, 12, 1):
        days.append(str(time.day))
    print(" ".join(days))
PY
  npm install --silent --no-save --no-package-lock --prefix . croner@11.0.1 cron-parser@5.10.6 > npm.txt
  cat > days.js <<'JS'
const { Cron } = require("croner");
const { CronExpressionParser } = require("cron-parser");
const [begin, end] = [new Date("2026-11-01T00:00:00Z"), new Date("2026-12-01T00:00:00Z")];
for (const text of require("fs").readFileSync("expressions.txt", "utf8").trim().split("\n")) {
  let next;
  if (process.argv[2] === "croner") {
    const cron = new Cron(text, { timezone: "UTC" });
    next = (after) => cron.nextRun(after);
  } else {
    const search = CronExpressionParser.parse(text, { tz: "UTC", currentDate: begin });
    next = () => search.next().toDate();
  }
  const days = [];
  for (let time = next(begin); time < end; time = next(time)) days.push(time.getUTCDate());
  console.log(days.join(" "));
}
JS
  node days.js croner > croner-js.txt
  node days.js cron-parser > cron-parser.txt
  mkdir src
  cat > Cargo.toml <<'TOML'
[package]
name = "days"
version = "0.0.0"
edition = "2024"
[dependencies]
chrono = "=0.4.45"
croner = "=4.0.3"
[workspace]
TOML
  cat > src/main.rs <<'RUST'
use std::str::FromStr;
use chrono::{DateTime, Datelike, Utc};
fn main() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    for text in std::fs::read_to_string("expressions.txt").unwrap().lines() {
        let cron = croner::Cron::from_str(text).unwrap();
        let times = cron.iter_after(at("2026-11-01T00:00:00Z")).take_while(|time| *time < at("2026-12-01T00:00:00Z"));
        let days: Vec<String> = times.map(|time| time.day().to_string()).collect();
        println!("{}", days.join(" "));
    }
}
RUST
  cargo run --quiet > croner-rust.txt

  failed=0
  expect() { # expect WHAT WANTED FOUND
    if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
  }
  either="1 2 3 5 7 9 11 13 15 16 17 19 21 23 25 27 29 30"
  for library in croniter croner-js cron-parser croner-rust; do
    for line in 1 2; do
      expect "$library, $(sed -n ${line}p expressions.txt)" "$either" "$(sed -n ${line}p $library.txt)"
    done
  done
  # A Monday with an even date, a Tuesday with an odd one, a Monday with an odd one, a Tuesday with an even one.
  expect "cron, 0 9 */2 * 1, on days 2 3 9 10" "9" "$(sed -n 1p cron.txt)"
  expect "cron, 0 9 1-31/2 * 1, on days 2 3 9 10" "2 3 9" "$(sed -n 2p cron.txt)"
  exit $failed
fi

# The packages are laid over the machine's own files, and /mnt is the one place to write.
mount --bind "$2" /mnt
for part in usr etc var; do mount -t overlay overlay -o "lowerdir=/mnt/tree/$part:/$part" /$part; done
mkdir -p /mnt/run /mnt/tmp /mnt/spool /mnt/shm
mount --bind /mnt/run /run
mount --bind /mnt/tmp /tmp
mount --bind /mnt/shm /dev/shm
mount --bind /mnt/spool /var/spool/cron
mkdir -p /mnt/spool/crontabs
cat > /mnt/spool/crontabs/root <<'TEXT'
0 9 */2 * 1 echo >> /mnt/run/star-$(cat /mnt/run/day)
0 9 1-31/2 * 1 echo >> /mnt/run/range-$(cat /mnt/run/day)
0 9 * * * echo >> /mnt/run/every-$(cat /mnt/run/day)
2 9 * * * echo >> /mnt/run/over-$(cat /mnt/run/day)
TEXT
chmod 600 /mnt/spool/crontabs/root
for day in 2 3 9 10; do
  echo $day > /mnt/run/day
  # Sixty times as fast as the clock, until a job two minutes later has run.
  faketime -f "@2026-11-$(printf '%02d' $day) 08:58:30 x60" cron -f > /mnt/cron.log 2>&1 &
  until [ -e /mnt/run/over-$day ]; do sleep 0.1; done
  [ -e /mnt/run/every-$day ] || echo "cron left out a minute" >&2
  kill "$(cat /run/crond.pid)"
  wait || true
  rm -f /run/crond.pid
done
for kind in star range; do
  days=
  for day in 2 3 9 10; do [ ! -e /mnt/run/$kind-$day ] || days="$days $day"; done
  echo "${days# }"
done
