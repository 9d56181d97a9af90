#!/bin/sh
# OpenLDAP's ldapsearch: with -L a reference to another directory becomes a comment.
#
# Software: slapd and ldap-utils of Debian 12 (2.5.13+dfsg-5).
# One would guess: an export says in its data that a part of the tree is in another directory, as the
#   protocol does (SearchResultReference, RFC 4511 4.5.3). A program that reads LDIF can then report it.
# Seen: with -L, -LL and -LLL the reference is `# refldap://...`, a comment, and without the colon of
#   `ref: ldap://...`. Readers of LDIF skip comments, so the export looks complete. Without -L it is a
#   record that has no `dn`, which LDIF (RFC 2849) does not allow.
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
cat > seed.ldif <<LDIF
dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=branch,dc=example,dc=test
objectClass: referral
objectClass: extensibleObject
ou: branch
ref: ldap://branch.test/dc=branch,dc=test
LDIF
tree/usr/sbin/slapd -T add -f slapd.conf -l seed.ldif
address="ldapi://$(printf '%s/socket' "$folder" | sed 's,/,%2F,g')"
tree/usr/sbin/slapd -f slapd.conf -h "$address"

search() {
  tree/usr/bin/ldapsearch -x -H "$address" -b dc=example,dc=test "$@" '(objectClass=*)' dc
}
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
failed=0
expect() { # expect WHAT LINE OPTIONS...
  what=$1 line=$2
  shift 2
  if search "$@" | grep --quiet --line-regexp "$line"; then
    echo "seen: $what: $line"
  else
    echo "changed: $what has no line \`$line\`"
    failed=1
  fi
}
expect "without -L" 'ref: ldap://branch.test/dc=branch,dc=test??sub'
for option in -L -LL -LLL; do
  expect "$option" '# refldap://branch.test/dc=branch,dc=test??sub' "$option"
  if search "$option" | grep --quiet '^ref:'; then
    echo "changed: $option writes the reference as data"
    failed=1
  fi
done
exit $failed
