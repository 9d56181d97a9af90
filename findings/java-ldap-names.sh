#!/bin/sh
# Java: names of two entries of OpenLDAP are equal, and two spellings of one name are not.
#
# Software: javax.naming.ldap.LdapName of Java 17, Apache Directory LDAP API 2.1.2 with and without its schema, slapd of
#   Debian 12 (2.5.13+dfsg-5).
# One would guess: a library's name class decides as the server does, at least for `cn` and `ou`: two names are
#   equal exactly if the server has one entry for both. That is what people put such names into sets for.
# Seen: OpenLDAP has `cn=Weiß` and `cn=Weiss` side by side, and Java takes them for one person, with one hash: it
#   compares in capitals, where both are WEISS. (RFC 4518 folds them in the same way, and OpenLDAP does not.) Two
#   blanks in a name are one for the server, and two for LdapName. Apache's names without a schema compare
#   case, and with the schema they compare the order of `cn=Ann+ou=a`, which without it is free.
#   Who matches people with members of a group in Java loses some, and mixes up others.
set -eu
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
command -v javac > /dev/null || apt-get --quiet=2 install --yes --no-install-recommends default-jdk-headless

# The packages, unpacked and not installed.
version=2.5.13+dfsg-5
apt-get --quiet=2 --option APT::Sandbox::User=root download \
  "slapd=$version" "ldap-utils=$version" "libldap-2.5-0=$version" libsasl2-2 libltdl7 libodbc2 libwrap0 libperl5.36 \
  libapache-directory-api-java=2.1.2-1 libslf4j-java libcommons-lang3-java libcommons-collections4-java \
  libcommons-text-java libcommons-codec-java libantlr-java
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
export LD_LIBRARY_PATH="$folder/tree/usr/lib/$(uname -m)-linux-gnu" LDAPNOINIT=1

cat > slapd.conf <<CONF
include $folder/tree/etc/ldap/schema/core.schema
modulepath $folder/tree/usr/lib/ldap
moduleload back_mdb
pidfile $folder/pid
database mdb
suffix dc=test
directory $folder
CONF
{
  printf 'dn: dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: test\no: Test\n\n'
  for name in Weiss Weiß 'Ann Li'; do
    printf 'dn: cn=%s,dc=test\nobjectClass: device\ncn: %s\n\n' "$name" "$name"
  done
  printf 'dn: cn=Ann+ou=a,dc=test\nobjectClass: device\ncn: Ann\nou: a\n'
} > seed.ldif
tree/usr/sbin/slapd -T add -f slapd.conf -l seed.ldif
address="ldapi://$(printf '%s/socket' "$folder" | sed 's,/,%2F,g')"
tree/usr/sbin/slapd -f slapd.conf -h "$address"

cat > Names.java <<'JAVA'
import javax.naming.ldap.LdapName;
import org.apache.directory.api.ldap.model.name.Dn;
import org.apache.directory.api.ldap.schema.manager.impl.DefaultSchemaManager;

public class Names {
    static String shown(boolean equal) {
        return equal ? "one" : "two";
    }

    public static void main(String[] names) throws Exception {
        LdapName first = new LdapName(names[0]), second = new LdapName(names[1]);
        DefaultSchemaManager schema = new DefaultSchemaManager();
        System.out.println(shown(first.equals(second) && first.hashCode() == second.hashCode())
            + " " + shown(new Dn(names[0]).equals(new Dn(names[1])))
            + " " + shown(new Dn(schema, names[0]).equals(new Dn(schema, names[1]))));
    }
}
JAVA
classes=classes
for jar in apache-directory-api-all slf4j-api slf4j-nop commons-lang3 commons-collections4 commons-text commons-codec antlr; do
  classes=$classes:tree/usr/share/java/$jar.jar
done
javac -encoding UTF-8 -classpath "$classes" -d classes Names.java
entry() { # entry NAME: which entry the server has by that name
  tree/usr/bin/ldapsearch -x -LLL -H "$address" -b "$1" -s base '(objectClass=*)' entryUUID | sed -n 's/^entryUUID: //p'
}
server() { # server NAME NAME
  first=$(entry "$1") second=$(entry "$2")
  [ -n "$first" ] && [ -n "$second" ] || { echo none; return; }
  if [ "$first" = "$second" ]; then echo one; else echo two; fi
}

failed=0
expect() { # expect NAME NAME OPENLDAP LDAPNAME APACHE APACHE-WITH-SCHEMA: one entry, or two
  found="$(server "$1" "$2") $(LC_ALL=C.UTF-8 java -Dfile.encoding=UTF-8 -classpath "$classes" Names "$1" "$2")"
  if [ "$3 $4 $5 $6" = "$found" ]; then echo "seen: $1 and $2: $found"; else echo "changed: $1 and $2: $found instead of $3 $4 $5 $6"; failed=1; fi
}
java -version 2>&1 | head -1
tree/usr/bin/ldapsearch -VV 2>&1 | head -1
echo 'for OpenLDAP, LdapName, Apache Directory 2.1.2 without and with schema'
expect cn=Weiss,dc=test cn=Weiß,dc=test two one two one
expect 'cn=Ann Li,dc=test' 'cn=Ann  Li,dc=test' one two two one
expect cn=Weiss,dc=test CN=WEISS,DC=TEST one one two one
expect cn=Ann+ou=a,dc=test ou=a+cn=Ann,dc=test one one one two
exit $failed
