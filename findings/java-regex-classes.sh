#!/bin/sh
# java.util.regex: a hyphen after `\w` or `\s` is a hyphen, and `{` after a quantifier repeats nothing.
#
# Software: OpenJDK 17 of Debian 12, package openjdk-17-jdk-headless (17.0.15 and 17.0.19); Python 3 (re) for comparison.
# One would guess: `[\s-_]` is refused, as by Python ("bad character range"), or is a range; `b{2}{3}` is six
#   letters, as in Perl and Rust, or is refused ("multiple repeat").
# Seen: `[\s-_]` has a blank, a hyphen and an underscore; `b{2}{3}` matches two letters, for the second bounds
#   repeat the empty text after them; `b**` is refused all the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get --quiet=2 --option APT::Sandbox::User=root download openjdk-17-jre-headless openjdk-17-jdk-headless
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
java=$(echo tree/usr/lib/jvm/java-17-openjdk-*/bin/java)

cat > Classes.java <<'JAVA'
class Classes {
    public static void main(String[] arguments) {
        try {
            System.out.println(arguments[0].replaceAll(arguments[1], arguments[2]));
        } catch (java.util.regex.PatternSyntaxException refused) {
            System.out.println("refused");
        }
    }
}
JAVA
"$java" -version 2>&1 | head -1
failed=0
expect() { # expect WANTED TEXT PATTERN REPLACEMENT
  found=$("$java" Classes.java "$2" "$3" "$4")
  if [ "$1" = "$found" ]; then echo "seen: $3 on $2 with $4: $found"; else echo "changed: $3: $found instead of $1"; failed=1; fi
}
expect 'AnnLiB' 'Ann-Li B_' '[\s-_]' ''
expect 'refused' 'a' '[.-\w]' ''
expect '<bb><bb><bb>b' 'bbbbbbb' 'b{2}{3}' '<$0>'
expect 'refused' 'bb' 'b**' ''
python=$(python3 -c 'import re
try: re.compile(r"[\s-_]"); print("taken")
except re.error as refused: print("refused")')
if [ "$python" = refused ]; then echo "seen: Python refuses [\\s-_]"; else echo "changed: Python takes [\\s-_]"; failed=1; fi
exit $failed
