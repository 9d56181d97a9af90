#!/bin/sh
# LDAP clients: the backslash of a name in a filter means three things, and one of them finds nothing in silence.
#
# Software: JNDI of Java 17, Apache Directory LDAP API 2.1.2, ldap3 2.9.1 of Python, Net::LDAP 0.68, and ldapsearch and
#   slapd of Debian 12 (2.5.13+dfsg-5).
# One would guess: who puts the name `cn=Li\, Ann,dc=example,dc=test` into `(member=...)` as it is has made a
#   mistake that every client answers in the same way: RFC 4515 allows no `\,` in a filter; the backslash has to
#   be `\5c`.
# Seen: ldapsearch and Apache refuse the filter. ldap3 and Net::LDAP send the backslash, so that it works by chance.
#   JNDI drops the backslash and sends a name with one comma too many: success, and no group. So a group
#   filter that was tried out with Python says of nobody with a comma in the name - the usual form of names in Active
#   Directory - that they have a group, once a server in Java asks. With `\5c,` all five find the group.
set -eu
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
command -v javac > /dev/null || apt-get --quiet=2 install --yes --no-install-recommends default-jdk-headless

# The packages, unpacked and not installed.
version=2.5.13+dfsg-5
apt-get --quiet=2 --option APT::Sandbox::User=root download \
  "slapd=$version" "ldap-utils=$version" "libldap-2.5-0=$version" libsasl2-2 libltdl7 libodbc2 libwrap0 libperl5.36 \
  libnet-ldap-perl=1:0.6800+dfsg-1 libconvert-asn1-perl libapache-directory-api-java=2.1.2-1 libmina2-java libslf4j-java \
  libcommons-pool2-java libcommons-codec-java libcommons-lang3-java libcommons-collections4-java \
  libcommons-text-java libantlr-java
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check ldap3==2.9.1
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
cat > seed.ldif <<'LDIF'
dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=staff,dc=example,dc=test
objectClass: groupOfNames
cn: staff
member: cn=Li\, Ann,dc=example,dc=test
LDIF
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
cat > search.pl <<'PERL'
use Net::LDAP;
my ($address, $filter) = @ARGV;
my $answer = Net::LDAP->new($address)->search(base => "dc=example,dc=test", filter => $filter);
print $answer->code ? "refused" : $answer->count, "\n";
PERL
cat > Search.java <<'JAVA'
import java.util.*;
import javax.naming.*;
import javax.naming.directory.*;
import org.apache.directory.api.ldap.model.message.SearchScope;
import org.apache.directory.ldap.client.api.LdapNetworkConnection;

public class Search {
    public static void main(String[] arguments) throws Exception {
        String base = "dc=example,dc=test", filter = arguments[2];
        int count = 0;
        if (arguments[0].equals("apache")) {
            LdapNetworkConnection connection = new LdapNetworkConnection("127.0.0.1", Integer.parseInt(arguments[1]));
            try {
                for (Object entry : connection.search(base, filter, SearchScope.SUBTREE, "cn")) {
                    count++;
                }
                System.out.println(count);
            } catch (org.apache.directory.api.ldap.model.exception.LdapException refused) {
                System.out.println("refused");
            }
        } else {
            Hashtable<String, String> settings = new Hashtable<>();
            settings.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
            settings.put(Context.PROVIDER_URL, "ldap://127.0.0.1:" + arguments[1]);
            SearchControls subtree = new SearchControls();
            subtree.setSearchScope(SearchControls.SUBTREE_SCOPE);
            System.out.println(Collections.list(new InitialDirContext(settings).search(base, filter, subtree)).size());
        }
        System.exit(0);
    }
}
JAVA
classes=classes
for jar in apache-directory-api-all mina2-core slf4j-api slf4j-nop commons-pool2 commons-codec commons-lang3 \
  commons-collections4 commons-text antlr; do
  classes=$classes:tree/usr/share/java/$jar.jar
done
javac -classpath "$classes" -d classes Search.java
ldapsearch() {
  status=0
  tree/usr/bin/ldapsearch -x -LLL -H "$address" -b dc=example,dc=test "$1" 1.1 > entries.txt 2> errors.txt || status=$?
  if [ $status = 0 ]; then grep -c '^dn:' entries.txt || true; else echo refused; fi
}

failed=0
expect() { # expect FILTER LDAPSEARCH APACHE LDAP3 NET::LDAP JNDI
  found="$(ldapsearch "$1") $(java -classpath "$classes" Search apache "$port" "$1") $(python/bin/python search.py "$address" "$1")"
  found="$found $(perl -Itree/usr/share/perl5 search.pl "$address" "$1") $(java -classpath "$classes" Search jndi "$port" "$1")"
  if [ "$2 $3 $4 $5 $6" = "$found" ]; then
    printf 'seen: %s: %s\n' "$1" "$found"
  else
    printf 'changed: %s: %s\n' "$1" "$found"
    failed=1
  fi
}
java -version 2>&1 | head -1
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
echo 'groups found by ldapsearch, Apache Directory 2.1.2, ldap3 2.9.1, Net::LDAP 0.68, JNDI'
expect '(member=cn=Li\, Ann,dc=example,dc=test)' refused refused 1 1 0
expect '(member=cn=Li\5c, Ann,dc=example,dc=test)' 1 1 1 1 1
exit $failed
