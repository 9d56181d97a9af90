#!/bin/sh
# 389 Directory Server: the time of unlocking does not say whether an account is locked.
#
# Software: 389 Directory Server 2.3.1 of Debian 12 (389-ds-base 2.3.1+dfsg1-1+deb12u1). Run it as root: the server
#   has namespaces of its own, and writes nothing outside.
# One would guess: an account is locked while its `accountUnlockTime` is in the future, and free afterwards. A
#   lock without an end has no such time.
# Seen: a lock without an end has the time 19700101000000Z, which ended long ago for whoever compares it with the
#   clock. A time in the future locks nobody by itself: the counter `passwordRetryCount` has to be at the limit of
#   the policy, and the policy may be off. `nsAccountLock: yes` is stored, and locks nobody either. And the
#   answers differ: 19 for a lock, 53 for `nsAccountLock: true`, the latter also if the password is wrong.
#   A check of logins that reads one attribute is wrong in both directions.
set -eu
if [ "${1-}" != inside ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # Packages that the machine lacks, unpacked and not installed.
  mkdir -p "$folder/cache/archives/partial" "$folder/tree/usr/lib" "$folder/tree/etc" "$folder/tree/var"
  apt-get --quiet=2 --yes --no-install-recommends --download-only --option APT::Sandbox::User=root \
    --option Debug::NoLocking=1 --option "Dir::Cache=$folder/cache" install ldap-utils=2.5.13+dfsg-5 \
    389-ds-base=2.3.1+dfsg1-1+deb12u1 > "$folder/apt.txt"
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
  printf 'aci: (targetattr="*")(version 3.0; acl "all may read"; allow (read,search) userdn="ldap:///anyone";)\n\n'
  for person in 'ann description: none' 'fut accountUnlockTime: 20990101000000Z' 'yes nsAccountLock: yes' 'tru nsAccountLock: true'; do
    login=${person%% *}
    printf 'dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: S\nuserPassword: right\n%s\n\n' \
      "$login" "$base" "$login" "$login" "${person#* }"
  done
  printf 'dn: uid=cnt,%s\nobjectClass: inetOrgPerson\nuid: cnt\ncn: cnt\nsn: S\nuserPassword: right\n' "$base"
  printf 'accountUnlockTime: 20990101000000Z\npasswordRetryCount: 2\n'
} > 389.ldif
ns-slapd ldif2db -D /mnt/389 -n people -i /mnt/389.ldif > 389.txt 2>&1
ns-slapd -D /mnt/389 -i /mnt/389.pid >> 389.txt 2>&1
until ldapwhoami -x -H ldap://127.0.0.1 > out.txt 2>&1; do sleep 0.1; done
ldapmodify -x -H ldap://127.0.0.1 -D cn=admin -w admin-secret > out.txt <<LDIF
dn: cn=config
changetype: modify
replace: passwordLockout
passwordLockout: on
-
replace: passwordMaxFailure
passwordMaxFailure: 2
-
replace: passwordUnlock
passwordUnlock: off
LDIF
ns-slapd -v | sed -n 2p

failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
login() { # login UID PASSWORD: the result code of a bind
  status=0
  ldapwhoami -x -H ldap://127.0.0.1 -D "uid=$1,$base" -w "$2" > out.txt 2>&1 || status=$?
  echo $status
}
attribute() { # attribute UID NAME
  ldapsearch -x -LLL -H ldap://127.0.0.1 -b "uid=$1,$base" -s base '(objectClass=*)' "$2" | sed -n "s/^$2: //p"
}
expect "login, lock that is to end in 2099" 0 "$(login fut right)"
expect "login, the same lock with a counter at the limit" 19 "$(login cnt right)"
expect "login, nsAccountLock: yes" 0 "$(login yes right)"
expect "login, nsAccountLock: true" 53 "$(login tru right)"
expect "login, nsAccountLock: true, wrong password" 53 "$(login tru wrong)"
expect "login" 0 "$(login ann right)"
expect "login, wrong password" 49 "$(login ann wrong)"
login ann wrong > out.txt
expect "login after two failures, right password" 19 "$(login ann right)"
expect "its accountUnlockTime" 19700101000000Z "$(attribute ann accountUnlockTime)"
exit $failed
