#!/bin/sh
# java.util.regex: a repeated group may come back with the content of an earlier turn, or of no turn at all.
#
# Software: OpenJDK 17 of Debian 12, package openjdk-17-jdk-headless (17.0.15 and 17.0.19).
# One would guess: after `(?:(\w)+,)*` on "ab,cd," group 1 is "d", its last turn, as in Perl, PCRE, Python and
#   Rust; and a group in a look-ahead that must not match is empty afterwards.
# Seen: group 1 is "b", the content of the first of the outer turns; `(?:(\w)?,)*` gives the last. A group that a
#   failed `(?!(…))` has set keeps its content for a match further on.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get --quiet=2 --option APT::Sandbox::User=root download openjdk-17-jre-headless openjdk-17-jdk-headless
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
java=$(echo tree/usr/lib/jvm/java-17-openjdk-*/bin/java)

cat > Groups.java <<'JAVA'
class Groups {
    public static void main(String[] arguments) {
        System.out.println(arguments[0].replaceAll(arguments[1], arguments[2]));
    }
}
JAVA
"$java" -version 2>&1 | head -1
failed=0
expect() { # expect WANTED TEXT PATTERN REPLACEMENT
  found=$("$java" Groups.java "$2" "$3" "$4")
  if [ "$1" = "$found" ]; then echo "seen: $3 on $2 with $4: $found"; else echo "changed: $3: $found instead of $1"; failed=1; fi
}
expect '[b][]' 'ab,cd,' '(?:(\w)+,)*' '[$1]'
expect '[d][]' 'b,d,' '(?:(\w)?,)*' '[$1]'
expect 'o.o[o]' 'o.o' '(?!([\w.]))' '[$1]'
expect 'ax' 'ab' '(?!(a))b' 'x'
exit $failed
