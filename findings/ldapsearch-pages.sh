#!/bin/sh
# OpenLDAP's ldapsearch: an export by pages has a header for each page, and a cut one has no trace of it.
#
# Software: slapd and ldap-utils of Debian 12 (2.5.13+dfsg-5).
# One would guess: `ldapsearch -L -E pr=N/noprompt` writes one LDIF file, with `version: 1` once at its
#   beginning (RFC 2849), and the file of a search that a size limit cut differs from a complete one.
# Seen: with -L and -LL `version: 1` comes again with every page, after entries. With any -L the file of
#   the cut search ends like a complete one: only the exit code, 4, and standard error say it.
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
suffix dc=example,dc=test
directory $folder
CONF
{
  printf 'dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n'
  for number in 1 2 3 4 5; do
    printf 'dn: ou=%s,dc=example,dc=test\nobjectClass: organizationalUnit\nou: %s\n\n' $number $number
  done
} > seed.ldif
tree/usr/sbin/slapd -T add -f slapd.conf -l seed.ldif
address="ldapi://$(printf '%s/socket' "$folder" | sed 's,/,%2F,g')"
tree/usr/sbin/slapd -f slapd.conf -h "$address"

search() {
  tree/usr/bin/ldapsearch -x -H "$address" -b dc=example,dc=test "$@" '(ou=*)' ou
}
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
for option in -L -LL; do
  pages=$(search "$option" -E pr=2/noprompt | grep --count '^version: 1$')
  expect "headers of $option with 5 entries in pages of 2" 3 "$pages"
done
status=0
search -LLL -z 2 > cut.ldif 2> error.txt || status=$?
expect "exit code of a search that a size limit cut" 4 "$status"
expect "its entries" 2 "$(grep --count '^dn:' cut.ldif)"
expect "other lines of its file" 0 "$(grep --count --invert-match --extended-regexp '^(dn: .*|ou: .*|)$' cut.ldif || true)"
exit $failed
