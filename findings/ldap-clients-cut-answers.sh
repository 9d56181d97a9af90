#!/bin/sh
# LDAP clients: an answer that a size limit cut is a success for three of them, each in its own way.
#
# Software: slapd of Debian 12 (2.5.13+dfsg-5) with a size limit of 5; ldap3 2.9.1 of Python, Apache Directory LDAP
#   API 2.1.2, JNDI of Java 17, ldapts 8.2.0 of npm; ldapsearch for comparison.
# One would guess: result code 4 is an error, which the caller gets as an exception: above all from ldap3 with
#   `raise_exceptions=True`, and from a search by pages, which exists to read everything.
# Seen: ldap3 returns True with `raise_exceptions`, and its `paged_search` ends like a complete one. Apache's
#   cursor ends without an error. JNDI throws from `hasMore`, and `hasMoreElements` and `Collections.list` just end.
#   ldapts throws, but not if the caller asked for at most 100 entries: then the server's limit of 5 is silent too.
#   A tool that lists people this way takes everybody after the fifth for somebody who left.
set -eu
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
command -v javac > /dev/null || apt-get --quiet=2 install --yes --no-install-recommends default-jdk-headless

# The packages, unpacked and not installed.
version=2.5.13+dfsg-5
apt-get --quiet=2 --option APT::Sandbox::User=root download \
  "slapd=$version" "ldap-utils=$version" "libldap-2.5-0=$version" libsasl2-2 libltdl7 libodbc2 libwrap0 libperl5.36 \
  libapache-directory-api-java=2.1.2-1 libmina2-java libslf4j-java libcommons-pool2-java libcommons-codec-java \
  libcommons-lang3-java libcommons-collections4-java libcommons-text-java libantlr-java
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check ldap3==2.9.1
npm install --silent --no-audit --no-fund --ignore-scripts ldapts@8.2.0 > out.txt
export LD_LIBRARY_PATH="$folder/tree/usr/lib/$(uname -m)-linux-gnu" LDAPNOINIT=1

cat > slapd.conf <<CONF
include $folder/tree/etc/ldap/schema/core.schema
modulepath $folder/tree/usr/lib/ldap
moduleload back_mdb
pidfile $folder/pid
sizelimit 5
database mdb
suffix dc=example,dc=test
directory $folder
CONF
{
  printf 'dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n'
  for number in 1 2 3 4 5 6 7 8; do
    printf 'dn: ou=%s,dc=example,dc=test\nobjectClass: organizationalUnit\nou: %s\n\n' $number $number
  done
} > seed.ldif
tree/usr/sbin/slapd -T add -f slapd.conf -l seed.ldif
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
address=ldap://127.0.0.1:$port
tree/usr/sbin/slapd -f slapd.conf -h "$address"

cat > search.py <<'PY'
import sys, ldap3
connection = ldap3.Connection(ldap3.Server(sys.argv[1], get_info=ldap3.NONE), auto_bind=True, raise_exceptions=True)
if sys.argv[2] == "search":
    print(connection.search("dc=example,dc=test", "(ou=*)"), len(connection.response), "entries")
else:
    pages = connection.extend.standard.paged_search("dc=example,dc=test", "(ou=*)", paged_size=2)
    print(len(list(pages)), "entries")
PY
cat > Search.java <<'JAVA'
import java.util.*;
import javax.naming.*;
import javax.naming.directory.*;
import org.apache.directory.api.ldap.model.cursor.EntryCursor;
import org.apache.directory.api.ldap.model.message.SearchScope;
import org.apache.directory.ldap.client.api.LdapNetworkConnection;

public class Search {
    public static void main(String[] arguments) throws Exception {
        String base = "dc=example,dc=test", how = arguments[1];
        int count = 0;
        if (how.equals("apache")) {
            LdapNetworkConnection connection = new LdapNetworkConnection("127.0.0.1", Integer.parseInt(arguments[0]));
            try (EntryCursor cursor = connection.search(base, "(ou=*)", SearchScope.SUBTREE, "ou")) {
                while (cursor.next()) {
                    count++;
                }
            }
            connection.close();
        } else {
            Hashtable<String, String> settings = new Hashtable<>();
            settings.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
            settings.put(Context.PROVIDER_URL, "ldap://127.0.0.1:" + arguments[0]);
            DirContext context = new InitialDirContext(settings);
            SearchControls subtree = new SearchControls();
            subtree.setSearchScope(SearchControls.SUBTREE_SCOPE);
            NamingEnumeration<SearchResult> results = context.search(base, "(ou=*)", subtree);
            if (how.equals("list")) {
                count = Collections.list(results).size();
            } else {
                try {
                    for (; results.hasMore(); count++) {
                        results.next();
                    }
                } catch (SizeLimitExceededException cut) {
                    System.out.println("error");
                    return;
                }
            }
        }
        System.out.println(count + " entries");
        System.exit(0);
    }
}
JAVA
cat > search.mjs <<'JS'
import { Client } from "ldapts";
const client = new Client({ url: process.argv[2] });
const options = { filter: "(ou=*)", sizeLimit: Number(process.argv[3]) };
try {
  const { searchEntries } = await client.search("dc=example,dc=test", options);
  console.log(`${searchEntries.length} entries`);
} catch (error) {
  console.log("error");
}
await client.unbind();
JS

failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
status=0
tree/usr/bin/ldapsearch -x -LLL -H "$address" -b dc=example,dc=test '(ou=*)' 1.1 > out.txt 2>&1 || status=$?
expect "exit code of ldapsearch" 4 "$status"
expect "ldap3, search that raises exceptions" "True 5 entries" "$(python/bin/python search.py "$address" search)"
expect "ldap3, by pages" "5 entries" "$(python/bin/python search.py "$address" pages)"
classes=classes
for jar in apache-directory-api-all mina2-core slf4j-api slf4j-nop commons-pool2 commons-codec commons-lang3 \
  commons-collections4 commons-text antlr; do
  classes=$classes:tree/usr/share/java/$jar.jar
done
javac -classpath "$classes" -d classes Search.java
java() { command java -classpath "$classes" Search "$port" "$1"; }
command java -version 2>&1 | head -1
expect "Apache Directory, cursor" "5 entries" "$(java apache)"
expect "JNDI, hasMore" error "$(java hasMore)"
expect "JNDI, Collections.list" "5 entries" "$(java list)"
expect "ldapts" error "$(node search.mjs "$address" 0)"
expect "ldapts, at most 100 entries" "5 entries" "$(node search.mjs "$address" 100)"
exit $failed
