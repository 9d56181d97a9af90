#!/bin/sh
# OpenLDAP: two different texts of a login are one, and two spellings of one text are two.
#
# Software: slapd and ldap-utils of Debian 12 (2.5.13+dfsg-5).
# One would guess: `(uid=fin)` finds the login `fin` and its capitals, and `(memberUid=bob)` finds the group that
#   lists `BOB`, since logins are compared without case.
# Seen: `(uid=fin)` finds as well the login with the ligature U+FB01, and that with full-width letters, which
#   a program that compares texts takes for somebody else: a login that needs exactly one entry is refused. But
#   `(memberUid=bob)` finds no group, since that attribute compares case.
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
include $folder/tree/etc/ldap/schema/cosine.schema
include $folder/tree/etc/ldap/schema/nis.schema
include $folder/tree/etc/ldap/schema/inetorgperson.schema
modulepath $folder/tree/usr/lib/ldap
moduleload back_mdb
pidfile $folder/pid
database mdb
suffix dc=example,dc=test
directory $folder
CONF
{
  printf 'dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n'
  number=0
  # fin, with the ligature U+FB01, in full width, and another login.
  for uid in Zmlu 76yBbg== 772G772J772O ZmluYQ==; do
    number=$((number + 1))
    printf 'dn: cn=%s,dc=example,dc=test\nobjectClass: inetOrgPerson\ncn: %s\nsn: S\nuid:: %s\n\n' $number $number $uid
  done
  printf 'dn: cn=staff,dc=example,dc=test\nobjectClass: posixGroup\ncn: staff\ngidNumber: 7\nmemberUid: BOB\n'
} > seed.ldif
tree/usr/sbin/slapd -T add -f slapd.conf -l seed.ldif
address="ldapi://$(printf '%s/socket' "$folder" | sed 's,/,%2F,g')"
tree/usr/sbin/slapd -f slapd.conf -h "$address"

found() {
  tree/usr/bin/ldapsearch -x -LLL -H "$address" -b dc=example,dc=test "$1" cn | grep --count '^dn:' || true
}
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
expect "entries with the login fin" 3 "$(found '(uid=fin)')"
expect "entries with the login FIN" 3 "$(found '(uid=FIN)')"
expect "groups with the member bob" 0 "$(found '(memberUid=bob)')"
expect "groups with the member BOB" 1 "$(found '(memberUid=BOB)')"
exit $failed
