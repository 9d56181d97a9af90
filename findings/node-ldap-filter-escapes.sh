#!/bin/sh
# ldapts and ldapjs: an escape in a filter is not the byte that it names.
#
# Software: ldapts 8.2.0 and ldapjs 3.0.7 of npm, slapd of Debian 12 (2.5.13+dfsg-5); ldapsearch and ldap3 2.9.1 of
#   Python for comparison.
# One would guess: `\xx` in a filter is one byte of the value (RFC 4515, 3), so `(cn=M\c3\bcller)` is another
#   spelling of `(cn=Müller)`, and `(cn=a\2ab)` finds the name `a*b`, in every client.
# Seen: ldapts takes `\c3` for the letter U+00C3 and sends two bytes for it: no escape above `\7f` finds anything,
#   be it of a letter or of a binary value such as an objectGUID. ldapjs sends a backslash and two digits, so even
#   `\2a`, which its own users need, finds nothing. Both answer with success and no entries. Whoever escapes a
#   login by the book and asks with one of them, reads that the person does not exist.
set -eu
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

# The packages, unpacked and not installed.
version=2.5.13+dfsg-5
apt-get --quiet=2 --option APT::Sandbox::User=root download \
  "slapd=$version" "ldap-utils=$version" "libldap-2.5-0=$version" libsasl2-2 libltdl7 libodbc2 libwrap0 libperl5.36
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check ldap3==2.9.1
npm install --silent --no-audit --no-fund --ignore-scripts ldapts@8.2.0 ldapjs@3.0.7 > out.txt 2>&1
export LD_LIBRARY_PATH="$folder/tree/usr/lib/$(uname -m)-linux-gnu" LDAPNOINIT=1

cat > slapd.conf <<CONF
include $folder/tree/etc/ldap/schema/core.schema
modulepath $folder/tree/usr/lib/ldap
moduleload back_mdb
pidfile $folder/pid
database mdb
suffix dc=example,dc=test
directory $folder
CONF
{
  printf 'dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n'
  printf 'dn: ou=one,dc=example,dc=test\nobjectClass: organizationalUnit\nou: one\ndescription: Müller\n\n'
  printf 'dn: ou=two,dc=example,dc=test\nobjectClass: organizationalUnit\nou: two\ndescription: a*b\n\n'
} > seed.ldif
tree/usr/sbin/slapd -T add -f slapd.conf -l seed.ldif
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
address=ldap://127.0.0.1:$port
tree/usr/sbin/slapd -f slapd.conf -h "$address"

cat > search.py <<'PY'
import sys, ldap3
connection = ldap3.Connection(ldap3.Server(sys.argv[1], get_info=ldap3.NONE), auto_bind=True)
connection.search("dc=example,dc=test", sys.argv[2])
print(len(connection.response))
PY
cat > ldapts.mjs <<'JS'
import { Client } from "ldapts";
const client = new Client({ url: process.argv[2] });
const { searchEntries } = await client.search("dc=example,dc=test", { filter: process.argv[3] });
console.log(searchEntries.length);
await client.unbind();
JS
cat > ldapjs.mjs <<'JS'
import ldapjs from "ldapjs";
const client = ldapjs.createClient({ url: process.argv[2] });
client.search("dc=example,dc=test", { scope: "sub", filter: process.argv[3] }, (error, answer) => {
  let count = 0;
  answer.on("searchEntry", () => count++);
  answer.on("error", () => process.exit(1));
  answer.on("end", () => { console.log(count); client.unbind(); });
});
JS
ldapsearch() { tree/usr/bin/ldapsearch -x -LLL -H "$1" -b dc=example,dc=test "$2" 1.1 | grep -c '^dn:' || true; }

failed=0
expect() { # expect FILTER LDAPSEARCH LDAP3 LDAPTS LDAPJS: how many entries each finds
  found="$(ldapsearch "$address" "$1") $(python/bin/python search.py "$address" "$1")"
  found="$found $(node ldapts.mjs "$address" "$1") $(node ldapjs.mjs "$address" "$1")"
  if [ "$2 $3 $4 $5" = "$found" ]; then
    printf 'seen: %s: %s\n' "$1" "$found"
  else
    printf 'changed: %s: %s\n' "$1" "$found"
    failed=1
  fi
}
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
echo 'found by ldapsearch, ldap3 2.9.1, ldapts 8.2.0, ldapjs 3.0.7'
expect '(description=Müller)' 1 1 1 1
expect '(description=M\c3\bcller)' 1 1 0 0
expect '(description=a\2ab)' 1 1 1 0
expect '(description=a\2Ab)' 1 1 1 0
exit $failed
