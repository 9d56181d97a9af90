#!/bin/sh
# OpenLDAP: a dynamic group is found by a member in a plain search, and not in the same search by pages.
#
# Software: slapd and ldap-utils of Debian 12 (2.5.13+dfsg-5), overlay dynlist.
# One would guess: the control for pages (RFC 2696) changes how an answer is sent, and not what is found.
# Seen: `(member=uid=ann,dc=example,dc=test)` finds the group of the class groupOfURLs, and nothing with
#   `-E pr=500/noprompt`; success both times. `(member=*)` is the same. So a client that always asks by pages
#   says of somebody that no group has her, where a login without pages is let in.
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
include $folder/tree/etc/ldap/schema/inetorgperson.schema
include $folder/tree/etc/ldap/schema/dyngroup.schema
modulepath $folder/tree/usr/lib/ldap
moduleload back_mdb
moduleload dynlist
pidfile $folder/pid
database mdb
suffix dc=example,dc=test
directory $folder
overlay dynlist
dynlist-attrset groupOfURLs memberURL member+memberOf@groupOfNames
CONF
cat > seed.ldif <<'LDIF'
dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: uid=ann,dc=example,dc=test
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Li

dn: cn=staff,dc=example,dc=test
objectClass: groupOfURLs
cn: staff
memberURL: ldap:///dc=example,dc=test??sub?(uid=ann)
LDIF
tree/usr/sbin/slapd -T add -f slapd.conf -l seed.ldif
address="ldapi://$(printf '%s/socket' "$folder" | sed 's,/,%2F,g')"
tree/usr/sbin/slapd -f slapd.conf -h "$address"

found() { # found FILTER [OPTION...]
  filter=$1
  shift
  tree/usr/bin/ldapsearch -x -LLL -H "$address" -b dc=example,dc=test "$@" "$filter" cn | grep --count '^dn:' || true
}
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
member='(&(objectClass=groupOfURLs)(member=uid=ann,dc=example,dc=test))'
expect "groups found by a member" 1 "$(found "$member")"
expect "groups found by a member, by pages" 0 "$(found "$member" -E pr=500/noprompt)"
any='(&(objectClass=groupOfURLs)(member=*))'
expect "groups found by having a member" 1 "$(found "$any")"
expect "groups found by having a member, by pages" 0 "$(found "$any" -E pr=500/noprompt)"
exit $failed
