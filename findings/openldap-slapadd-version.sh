#!/bin/sh
# OpenLDAP: slapadd refuses the line that RFC 2849 demands, so it does not read what ldapsearch writes.
#
# Software: slapd and ldap-utils of Debian 12 (2.5.13+dfsg-5).
# One would guess: a file with `version: 1` is LDIF as the standard has it (RFC 2849: the line is not optional), so
#   slapadd, the tool for loading LDIF, takes it, as ldapadd of the same package does.
# Seen: slapadd takes the line for a part of an entry and stops, whether or not an empty line follows it.
#   `ldapsearch -L` writes the line, and slapcat does not. `slapadd -c` loads everything where an empty line follows,
#   with exit code 0; where none does, it leaves out the first entry, which is the base of the others.
#   An export for a test server is best written with -LLL.
set -eu
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

# The packages, unpacked and not installed.
version=2.5.13+dfsg-5
apt-get --quiet=2 --option APT::Sandbox::User=root download \
  "slapd=$version" "ldap-utils=$version" "libldap-2.5-0=$version" libsasl2-2 libltdl7 libodbc2 libwrap0 libperl5.36
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
export LD_LIBRARY_PATH="$folder/tree/usr/lib/$(uname -m)-linux-gnu" LDAPNOINIT=1

cat > slapd.conf <<CONF
include $folder/tree/etc/ldap/schema/core.schema
modulepath $folder/tree/usr/lib/ldap
moduleload back_mdb
pidfile $folder/pid
database mdb
suffix dc=test
rootdn cn=admin,dc=test
rootpw admin-secret
directory $folder/data
CONF
{
  printf 'dn: dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: test\no: Test\n\n'
  printf 'dn: ou=people,dc=test\nobjectClass: organizationalUnit\nou: people\n'
} > plain.ldif
{ printf 'version: 1\n\n'; cat plain.ldif; } > separate.ldif
{ printf 'version: 1\n'; cat plain.ldif; } > adjacent.ldif
address="ldapi://$(printf '%s/socket' "$folder" | sed 's,/,%2F,g')"

loaded() { # loaded FILE [OPTION]: the exit code of slapadd, and how many entries there are
  rm -rf data
  mkdir data
  file=$1 status=0
  shift
  tree/usr/sbin/slapd -T add "$@" -f slapd.conf -l "$file" > out.txt 2>&1 || status=$?
  echo "$status $(tree/usr/sbin/slapd -T cat -f slapd.conf 2> errors.txt | grep -c '^dn:' || true)"
}
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
expect "slapadd, no version" "0 2" "$(loaded plain.ldif)"
expect "slapadd, version and an empty line" "1 0" "$(loaded separate.ldif)"
expect "slapadd, version" "1 0" "$(loaded adjacent.ldif)"
expect "slapadd -c, version and an empty line" "0 2" "$(loaded separate.ldif -c)"
expect "slapadd -c, version" "1 1" "$(loaded adjacent.ldif -c)"

rm -rf data
mkdir data
tree/usr/sbin/slapd -f slapd.conf -h "$address"
for file in separate adjacent; do
  status=0
  tree/usr/bin/ldapadd -x -H "$address" -D cn=admin,dc=test -w admin-secret -f $file.ldif > out.txt 2>&1 || status=$?
  expect "ldapadd, $file" 0 $status
  tree/usr/bin/ldapsearch -x -L -H "$address" -b dc=test > export.ldif
  tree/usr/bin/ldapdelete -x -H "$address" -D cn=admin,dc=test -w admin-secret ou=people,dc=test dc=test
done
kill "$(cat pid)"
while [ -e pid ]; do sleep 0.1; done
expect "slapadd of what ldapsearch -L wrote" "1 0" "$(loaded export.ldif)"
exit $failed
