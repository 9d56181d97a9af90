#!/bin/sh
# archiver and JSZip: one empty file makes a compressed stream unreadable for Java's stream reader.
#
# Software: archiver 8.0.0 and JSZip 3.10.2 of npm, Java 17.
# One would guess: with compression on, every entry of a streamed archive is deflated, so that a reader of
#   streams finds its end; what Java's ZipFile lists, ZipInputStream lists too.
# Seen: both write an empty file as stored, with its sizes after the data (bit 3). ZipInputStream refuses
#   such an entry ("only DEFLATED entries can have EXT descriptor"), and with it the rest of the archive.
#   yazl 3.3.1, which also streams, deflates the empty file, and its archive is read in full.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
command -v javac > /dev/null || apt-get --quiet=2 install --yes --no-install-recommends default-jdk-headless
npm install --silent --no-audit --no-fund --ignore-scripts archiver@8.0.0 jszip@3.10.2 yazl@3.3.1 > out.txt
java -version 2>&1 | head -1

cat > write.mjs <<'JS'
import { createWriteStream, writeFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ZipArchive } from "archiver";
import JSZip from "jszip";
import yazl from "yazl";

const files = { "a.txt": "hello ".repeat(50), "empty.txt": "", "b.txt": "hello ".repeat(50) };

const archive = new ZipArchive();
for (const [name, text] of Object.entries(files)) archive.append(text, { name });
await Promise.all([pipeline(archive, createWriteStream("archiver.zip")), archive.finalize()]);

const jszip = new JSZip();
for (const [name, text] of Object.entries(files)) jszip.file(name, text);
const options = { type: "nodebuffer", compression: "DEFLATE", streamFiles: true };
writeFileSync("jszip.zip", await jszip.generateAsync(options));

const zip = new yazl.ZipFile();
const { Readable } = await import("node:stream");
for (const [name, text] of Object.entries(files)) zip.addReadStream(Readable.from([Buffer.from(text)]), name);
zip.end();
await pipeline(zip.outputStream, createWriteStream("yazl.zip"));
JS
node write.mjs

cat > Read.java <<'JAVA'
import java.io.*;
import java.util.zip.*;

public class Read {
    public static void main(String[] arguments) throws Exception {
        try (ZipFile zip = new ZipFile(arguments[0])) {
            System.out.print(zip.size() + " listed, ");
        }
        int count = 0;
        try (ZipInputStream zip = new ZipInputStream(new FileInputStream(arguments[0]))) {
            for (; zip.getNextEntry() != null; count++) {
                zip.readAllBytes();
            }
            System.out.println(count + " streamed");
        } catch (ZipException error) {
            System.out.println(count + " streamed, then: " + error.getMessage());
        }
    }
}
JAVA
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
stops="3 listed, 1 streamed, then: only DEFLATED entries can have EXT descriptor"
expect "archiver" "$stops" "$(java Read.java archiver.zip)"
expect "JSZip, streamFiles" "$stops" "$(java Read.java jszip.zip)"
expect "yazl" "3 listed, 3 streamed" "$(java Read.java yazl.zip)"
exit $failed
