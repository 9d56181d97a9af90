#!/bin/sh
# 389 Directory Server: a size limit counts the entries of each page, and cuts a page that is as large as it.
#
# Software: 389 Directory Server 2.3.1+dfsg1-1+deb12u1 and OpenLDAP 2.5.13+dfsg-5 of Debian 12, ten entries, size
#   limit of 4. Run it as root: the servers have namespaces of their own, and write nothing outside.
# One would guess: a size limit is about the answer, so pages (RFC 2696) do not pass it, and their size does not
#   matter: OpenLDAP ends every search with code 4 after 4 entries. Or a page of 4 is as good as a page of 3.
# Seen: on 389 pages of 3 give all ten entries, with success. Pages of 4 give 4 entries and code 4, as if there
#   were no pages. It is the same for a limit that the client itself sends: `-z 4` with pages of 3 gives ten.
#   So a client that asks for pages of 500 gets a cut answer where a limit of 500 is set, and all with pages of 499;
#   and whoever wants at most 4 entries has to count them.
set -eu
if [ "${1-}" != inside ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # Packages that the machine lacks, unpacked and not installed.
  mkdir -p "$folder/cache/archives/partial" "$folder/tree/usr/lib" "$folder/tree/etc" "$folder/tree/var"
  apt-get --quiet=2 --yes --no-install-recommends --download-only --option APT::Sandbox::User=root \
    --option Debug::NoLocking=1 --option "Dir::Cache=$folder/cache" install ldap-utils=2.5.13+dfsg-5 \
    389-ds-base=2.3.1+dfsg1-1+deb12u1 slapd=2.5.13+dfsg-5 > "$folder/apt.txt"
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
for number in 1 2 3 4 5 6 7 8 9; do
  printf '\ndn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %s\n' $number "$base" $number
done > units.ldif

# OpenLDAP, on port 1389.
mkdir openldap
cat > slapd.conf <<CONF
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile /mnt/slapd.pid
sizelimit 4
database mdb
suffix $base
directory /mnt/openldap
CONF
printf 'dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n' "$base" | cat - units.ldif > openldap.ldif
slapd -T add -f slapd.conf -l openldap.ldif
slapd -f slapd.conf -h ldap://127.0.0.1:1389

# 389 Directory Server, from its own template without its installer, which wants systemd.
mkdir -p 389/schema 389/db
cp /etc/dirsrv/config/slapd-collations.conf /etc/dirsrv/config/certmap.conf 389
cp /etc/dirsrv/schema/99user.ldif 389/schema
sed -e 's|%schema_dir%|/mnt/389/schema|; s|%ldapi_enabled%|off|; s|%ldapi_autobind%|off|; s|%db_lib%|bdb|; s|%fqdn%|localhost|' \
  -e 's|%ds_port%|389|; s|%ds_user%|root|; s|%rootdn%|cn=admin|; s|%ds_passwd%|{CLEAR}admin-secret|' \
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
  cat units.ldif
} > 389.ldif
ns-slapd ldif2db -D /mnt/389 -n people -i /mnt/389.ldif > 389.txt 2>&1
ns-slapd -D /mnt/389 -i /mnt/389.pid >> 389.txt 2>&1
until ldapwhoami -x -H ldap://127.0.0.1 > out.txt 2>&1; do sleep 0.1; done
limit() {
  printf 'dn: cn=config\nchangetype: modify\nreplace: nsslapd-sizelimit\nnsslapd-sizelimit: %s\n' "$1" |
    ldapmodify -x -H ldap://127.0.0.1 -D cn=admin -w admin-secret > out.txt
}
slapd -VV 2>&1 | head -1
ns-slapd -v | sed -n 2p

failed=0
expect() { # expect WANTED PORT [OPTION...]
  wanted=$1 port=$2 status=0
  shift 2
  ldapsearch -x -LLL -H "ldap://127.0.0.1:$port" -b "$base" "$@" '(objectClass=*)' 1.1 > entries.txt 2> errors.txt || status=$?
  answer="$(grep -c '^dn:' entries.txt) entries, code $status"
  if [ "$wanted" = "$answer" ]; then echo "seen: $port $*: $answer"; else echo "changed: $port $*: $answer instead of $wanted"; failed=1; fi
}
cut="4 entries, code 4" whole="10 entries, code 0"
limit 4
for pages in '' 'pr=3/noprompt' 'pr=4/noprompt'; do expect "$cut" 1389 ${pages:+-E $pages}; done
expect "$cut" 389
expect "$whole" 389 -E pr=3/noprompt
expect "$cut" 389 -E pr=4/noprompt
limit 2000
expect "$cut" 389 -z 4
expect "$whole" 389 -z 4 -E pr=3/noprompt
exit $failed
