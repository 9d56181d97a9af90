#!/bin/sh
# commons-compress: `Zip64Mode.AlwaysWithCompatibility` to a stream writes what Java's own reader cannot read.
#
# Software: commons-compress 1.22 of Debian 12 (libcommons-compress-java 1.22-1), Java 17.
# One would guess: the mode "with compatibility" is the one that every reader takes, and `Always` the one
#   that some readers refuse; a small file written to a stream is read by java.util.zip.ZipInputStream.
# Seen: to a stream both modes write 64-bit sizes after the data of every entry, however small.
#   ZipInputStream expects 32 bits for a small entry and fails at the first one. ZipFile reads all entries.
#   `AsNeeded` and `Never` are read by both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
command -v javac > /dev/null || apt-get --quiet=2 install --yes --no-install-recommends default-jdk-headless
apt-get --quiet=2 --option APT::Sandbox::User=root download libcommons-compress-java=1.22-1
dpkg-deb --extract ./*.deb tree
java -version 2>&1 | head -1
echo commons-compress 1.22

cat > Modes.java <<'JAVA'
import java.io.*;
import java.util.zip.*;
import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

public class Modes {
    public static void main(String[] arguments) throws Exception {
        Zip64Mode mode = Zip64Mode.valueOf(arguments[0]);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
            zip.setUseZip64(mode);
            for (String name : new String[] {"a.txt", "b.txt"}) {
                zip.putArchiveEntry(new ZipArchiveEntry(name));
                zip.write("hello hello".getBytes());
                zip.closeArchiveEntry();
            }
        }
        File file = new File(mode + ".zip");
        try (FileOutputStream out = new FileOutputStream(file)) {
            bytes.writeTo(out);
        }
        try (ZipFile zip = new ZipFile(file)) {
            System.out.print(zip.size() + " listed, ");
        }
        int count = 0;
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            for (; zip.getNextEntry() != null; count++) {
                zip.readAllBytes();
            }
            System.out.println(count + " streamed");
        } catch (ZipException error) {
            System.out.println(count + " streamed, then an error");
        }
    }
}
JAVA
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
for mode in Never AsNeeded Always AlwaysWithCompatibility; do
  case $mode in
    Always*) wanted="2 listed, 0 streamed, then an error" ;;
    *) wanted="2 listed, 2 streamed" ;;
  esac
  expect "$mode" "$wanted" "$(java -cp tree/usr/share/java/commons-compress.jar Modes.java "$mode")"
done
exit $failed
