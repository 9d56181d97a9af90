#!/bin/sh
# Samba: a numeric attribute id in a filter counts only if the client asks for an attribute by a numeric id, too.
#
# Software: Samba 4.17.12+dfsg-0+deb12u3 and ldap-utils 2.5.13+dfsg-5 of Debian 12. Run it as root: the server has
#   namespaces of its own, and writes nothing outside.
# One would guess: `(1.2.840.113556.1.4.221=Guest)` means `(sAMAccountName=Guest)`, since RFC 4512, 2.5, makes the
#   number and the name of an attribute equal, and the attributes that a client asks for choose what an entry shows,
#   not which entries are found.
# Seen: the filter finds nobody, with success and no message, whether the client asks for all attributes, for none or
#   for some by name. As soon as one requested attribute is a numeric id, of any attribute, the same filter finds the
#   account. A part of a filter is affected as well: under `|` the other part alone counts. So a login that is found
#   with one client is absent with another, and a program that evaluates a filter by itself has to ask for the
#   same attributes. The numeric id of a class, as in `(objectClass=1.2.840.113556.1.5.9)`, works everywhere.
set -eu
if [ "${1-}" != inside ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # Packages that the machine lacks, unpacked and not installed.
  mkdir -p "$folder/cache/archives/partial" "$folder/tree/usr/lib" "$folder/tree/etc" "$folder/tree/var"
  apt-get --quiet=2 --yes --no-install-recommends --download-only --option APT::Sandbox::User=root \
    --option Debug::NoLocking=1 --option "Dir::Cache=$folder/cache" install ldap-utils=2.5.13+dfsg-5 \
    samba=2:4.17.12+dfsg-0+deb12u3 samba-ad-provision samba-dsdb-modules python3-samba > "$folder/apt.txt"
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
until ldapsearch -x -H ldap://127.0.0.1 -s base -b '' 1.1 > out.txt 2>&1; do sleep 0.1; done
samba --version

failed=0
expect() { # expect FILTER WANTED: how many accounts are found, by the attributes that are asked for
  answer=
  for wanted in '*' 1.1 cn 2.5.4.3; do
    ldapsearch -x -LLL -H ldap://127.0.0.1 -b "cn=Users,$base" -D "cn=Administrator,cn=Users,$base" \
      -w Passw0rd-of-admin "$1" "$wanted" > entries.txt 2> errors.txt || { echo "changed: $1: an error"; failed=1; return; }
    answer="$answer$wanted $(grep -c '^dn:' entries.txt || true) "
  done
  if [ "$2 " = "$answer" ]; then echo "seen: $1: $answer"; else echo "changed: $1: $answer instead of $2"; failed=1; fi
}
expect '(sAMAccountName=Guest)' '* 1 1.1 1 cn 1 2.5.4.3 1'
expect '(1.2.840.113556.1.4.221=Guest)' '* 0 1.1 0 cn 0 2.5.4.3 1'
expect '(1.2.840.113556.1.4.221=G*)' '* 0 1.1 0 cn 0 2.5.4.3 2'
expect '(&(objectClass=user)(1.2.840.113556.1.4.221=Guest))' '* 0 1.1 0 cn 0 2.5.4.3 1'
expect '(|(cn=Guest)(1.2.840.113556.1.4.221=Administrator))' '* 1 1.1 1 cn 1 2.5.4.3 2'
expect "(2.5.4.31=CN=Administrator,CN=Users,$base)" '* 0 1.1 0 cn 0 2.5.4.3 4'
expect '(objectClass=1.2.840.113556.1.5.9)' '* 4 1.1 4 cn 4 2.5.4.3 4'
exit $failed
