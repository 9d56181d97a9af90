#!/bin/sh
# LDAP servers: an attribute that is asked for by another of its names comes back under that name or under the usual one.
#
# Software: OpenLDAP 2.5.13+dfsg-5, 389 Directory Server 2.3.1+dfsg1-1+deb12u1 and Samba 4.17.12+dfsg-0+deb12u3, all
#   of Debian 12. Run it as root: the servers have namespaces of their own, and write nothing outside.
# One would guess: RFC 4512, 2.5, makes all names of an attribute equal, so a client that asks for `commonName` or for
#   `2.5.4.3` reads the value under the name that it asked for, as in a table.
# Seen: OpenLDAP returns `cn` for both, also for the supertype `name`. 389 returns the values under `commonName` and
#   under `2.5.4.3`, and nothing for `name`. Samba returns `cn` for the number and nothing for `commonName`; its `name`
#   is an attribute of its own. A program that looks up the value by the name that it asked for finds it on one server
#   and not on the next, with success and no message: a group without a name, for example, grants nothing.
set -eu
if [ "${1-}" != inside ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # Packages that the machine lacks, unpacked and not installed.
  mkdir -p "$folder/cache/archives/partial" "$folder/tree/usr/lib" "$folder/tree/etc" "$folder/tree/var" "$folder/debian"
  apt-get --quiet=2 --yes --no-install-recommends --download-only --option APT::Sandbox::User=root \
    --option Debug::NoLocking=1 --option "Dir::Cache=$folder/cache" install slapd=2.5.13+dfsg-5 ldap-utils=2.5.13+dfsg-5 \
    389-ds-base=2.3.1+dfsg1-1+deb12u1 samba=2:4.17.12+dfsg-0+deb12u3 samba-ad-provision samba-dsdb-modules \
    python3-samba > "$folder/apt.txt"
  for package in "$folder"/cache/archives/*.deb; do dpkg-deb --extract "$package" "$folder/tree"; done
  [ ! -d "$folder/tree/lib" ] || cp -a "$folder/tree/lib/." "$folder/tree/usr/lib"
  cp "$0" "$folder/script.sh"
  chmod 755 "$folder"
  unshare --mount --net --pid --fork --kill-child --propagation private sh "$folder/script.sh" inside "$folder"
  exit
fi

# The packages are laid over the machine's own files, and /mnt is the one place to write.
mount --bind "$2" /mnt
for part in usr etc var; do mount -t overlay overlay -o "lowerdir=/mnt/tree/$part:/$part" /$part; done
mkdir -p /mnt/run /mnt/tmp
mount --bind /mnt/run /run
mount --bind /mnt/tmp /tmp
mount -t proc proc /proc
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/mnt LDAPNOINIT=1
cd /mnt
python3 - <<'PY'
import fcntl, socket, struct
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, struct.pack("16sh22x", b"lo", 1))
PY
base=dc=example,dc=test
await() { until ldapwhoami -x -H "$1" > out.txt 2>&1 || ldapsearch -x -H "$1" -s base -b '' 1.1 > out.txt 2>&1; do sleep 0.1; done; }

# OpenLDAP, on port 1389.
mkdir openldap
cat > slapd.conf <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile /mnt/slapd.pid
database mdb
suffix $base
directory /mnt/openldap
CONF
cat > people.ldif <<LDIF

dn: uid=ann,$base
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Li

dn: uid=bob,$base
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Li
LDIF
printf 'dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n' "$base" | cat - people.ldif > openldap.ldif
slapd -T add -f slapd.conf -l openldap.ldif
slapd -f slapd.conf -h ldap://127.0.0.1:1389

# 389 Directory Server, on port 2389, from its own template without its installer, which wants systemd.
mkdir -p 389/schema 389/db
cp /etc/dirsrv/config/slapd-collations.conf /etc/dirsrv/config/certmap.conf 389
cp /etc/dirsrv/schema/99user.ldif 389/schema
sed -e 's|%schema_dir%|/mnt/389/schema|; s|%ldapi_enabled%|off|; s|%ldapi_autobind%|off|; s|%db_lib%|bdb|; s|%fqdn%|localhost|' \
  -e 's|%ds_port%|2389|; s|%ds_user%|root|; s|%rootdn%|cn=admin|; s|%ds_passwd%|{CLEAR}admin-secret|' \
  -e "s|%ds_suffix%|$base|; s|%ldapi%|/mnt/389/ldapi|; s|%[a-z_]*_dir%|/mnt/389/db|" \
  -e '/^nsslapd-backend-implement:/a nsslapd-cache-autosize: 0\nnsslapd-import-cache-autosize: 0' \
  /usr/share/dirsrv/data/template-dse.ldif > 389/dse.ldif
cat >> 389/dse.ldif <<LDIF
dn: cn=people,cn=ldbm database,cn=plugins,cn=config
objectClass: extensibleObject
objectClass: nsBackendInstance
cn: people
nsslapd-suffix: $base
nsslapd-directory: /mnt/389/db/people

dn: cn="$base",cn=mapping tree,cn=config
objectClass: extensibleObject
objectClass: nsMappingTree
cn: $base
nsslapd-state: backend
nsslapd-backend: people

LDIF
{
  printf 'dn: %s\nobjectClass: domain\ndc: example\n' "$base"
  printf 'aci: (targetattr="*")(version 3.0; acl "all may read"; allow (read,search) userdn="ldap:///anyone";)\n'
  cat people.ldif
} > 389.ldif
ns-slapd ldif2db -D /mnt/389 -n people -i /mnt/389.ldif > 389.txt 2>&1
ns-slapd -D /mnt/389 -i /mnt/389.pid >> 389.txt 2>&1

# Samba as a domain controller, on port 389.
mkdir -p domain/etc run/ncalrpc run/winbindd
cat > smb.conf <<CONF
[global]
netbios name = DC1
realm = EXAMPLE.TEST
workgroup = EXAMPLE
server role = active directory domain controller
server services = ldap
interfaces = lo
bind interfaces only = yes
disable netbios = yes
ldap server require strong auth = no
tls enabled = no
private dir = /mnt/domain/private
lock directory = /mnt/domain
state directory = /mnt/domain/state
cache directory = /mnt/domain/cache
binddns dir = /mnt/domain/dns
log file = /mnt/samba.log
pid directory = /mnt/run
ncalrpc dir = /mnt/run/ncalrpc
winbindd socket directory = /mnt/run/winbindd
CONF
cat > provision.py <<'PY'
import logging, samba.provision
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
# There are no shared folders, and the file system need not have access lists.
samba.provision.setsysvolacl = lambda *_, **__: None
settings = LoadParm()
settings.load("/mnt/smb.conf")
samba.provision.provision(logging.getLogger(), system_session(settings), smbconf="/mnt/smb.conf", lp=settings,
                          targetdir="/mnt/domain", realm="EXAMPLE.TEST", domain="EXAMPLE", serverrole="dc",
                          hostname="dc1", hostip="127.0.0.1", dns_backend="NONE", adminpass="Passw0rd-of-admin",
                          dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2)
PY
python3 provision.py > provision.txt 2>&1
samba --interactive -M single --debug-stdout -s smb.conf > samba.txt 2>&1 &
for port in 1389 2389 389; do await ldap://127.0.0.1:$port; done

slapd -VV 2>&1 | head -1
ns-slapd -v | sed -n 2p
samba --version

returned() { # returned ATTRIBUTE: under which names the values of one entry come back
  for server in "OpenLDAP -H ldap://127.0.0.1:1389 -b uid=ann,$base" "389 -H ldap://127.0.0.1:2389 -b uid=ann,$base" \
    "Samba -H ldap://127.0.0.1 -b cn=Guest,cn=Users,$base -D cn=Administrator,cn=Users,$base -w Passw0rd-of-admin"; do
    # shellcheck disable=SC2086
    ldapsearch -x -LLL ${server#* } -s base '(objectClass=*)' "$1" > entry.txt
    printf '%s:%s ' "${server%% *}" "$(sed -n '/^dn:/d; s/^\([^ :]*\):.*/\1/p' entry.txt | tr '\n' ',')"
  done
}
failed=0
expect() { # expect ATTRIBUTE WANTED
  answer=$(returned "$1")
  if [ "$2 " = "$answer" ]; then echo "seen: $1: $answer"; else echo "changed: $1: $answer instead of $2"; failed=1; fi
}
expect cn 'OpenLDAP:cn, 389:cn, Samba:cn,'
expect commonName 'OpenLDAP:cn, 389:commonName, Samba:'
expect 2.5.4.3 'OpenLDAP:cn, 389:2.5.4.3, Samba:cn,'
expect name 'OpenLDAP:cn,sn, 389: Samba:name,'
exit $failed
