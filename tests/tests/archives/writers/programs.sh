#!/bin/sh
# Writes one bundle in each of the ways of Info-ZIP, bsdtar and 7-Zip, and prints a line for each archive.
# Arguments: where to write, and a tree of packages with the programs that the machine lacks.
set -eu
place=$1
tree=$2
PATH=$tree/usr/bin:$PATH
LD_LIBRARY_PATH=$(echo "$tree"/usr/lib/*-linux-gnu)
export PATH LD_LIBRARY_PATH LC_ALL=C.UTF-8

bundle=$place/programs-tree
mkdir -p "$bundle/project_config" "$bundle/data"
cd "$bundle"
printf '{"bundleId": "v1", "originalProjectKey": "CHURN"}' > export-manifest.json
printf '{"name": "Churn"}' > project_config/params.json
{ echo id,name; yes 1,one | head -n 200; } > data/café.csv
: > data/empty

# made WRITER VERSION MODE: prints the line, and sets the path of the archive.
made() {
    name=$(echo "$1 $3" | tr 'A-Z' 'a-z' | tr -cs 'a-z0-9\n' '-' | sed 's/-$//')
    printf '%s\t%s\t%s\t%s\n' "$name" "$1" "$2" "$3"
    archive=$place/$name.zip
}

zip_version=$(zip -v | sed -n 's/^This is Zip \([0-9.]*\).*/\1/p')
infozip() {
    made Info-ZIP "$zip_version" "$1"
}
infozip '`-r`' && zip -q -r "$archive" .
infozip '`-r`, with the names of files' && zip -q -r "$archive" export-manifest.json project_config data
infozip '`-r`, ASCII names' && zip -q -r "$archive" export-manifest.json project_config data/empty
infozip '`-r -` to a pipe' && zip -q -r - . | cat > "$archive"
infozip '`-r -0`' && zip -q -r -0 "$archive" .
infozip '`-r -0 -` to a pipe' && zip -q -r -0 - . | cat > "$archive"
infozip '`-r -X -D`' && zip -q -r -X -D "$archive" .
infozip '`-r -fz`' && zip -q -r -fz "$archive" .
infozip '`-r -fz -` to a pipe' && zip -q -r -fz - . | cat > "$archive"
infozip '`-z`' && zip -q -r "$archive" . && echo 'a comment' | zip -q -z "$archive" > "$place/out"
infozip '`-u`' && zip -q -r "$archive" data && zip -q -r -u "$archive" .
infozip '`-d`' && cp data/empty data/more && zip -q -r "$archive" . && zip -q -d "$archive" data/more && rm data/more
infozip '`-r`, `LC_ALL=C`' && LC_ALL=C zip -q -r "$archive" .
infozip '`-Z bzip2`' && zip -q -r -Z bzip2 "$archive" .
infozip '`-P`' && zip -q -r -P secret "$archive" .
ln -s empty data/link
infozip '`-r -y`, with a symbolic link' && zip -q -r -y "$archive" .
rm data/link
infozip '`-r`, the folder around it' && (cd .. && zip -q -r "$archive" programs-tree)
infozip '`-A`, appended to a script' && {
    zip -q -r "$archive" .
    { echo '#!/bin/sh'; cat "$archive"; } > "$archive.whole"
    mv "$archive.whole" "$archive"
    zip -q -A "$archive" > "$place/out"
}

bsdtar_version=$(bsdtar --version | sed 's/^bsdtar \([0-9.]*\).*/\1/')
archived() {
    made bsdtar "$bsdtar_version" "$1"
}
archived '`-a -cf x.zip .`' && bsdtar -a -cf "$archive" .
archived '`-a -cf x.zip`, with the names of files' && bsdtar -a -cf "$archive" -- *
archived '`--format zip -cf - *` to a pipe' && bsdtar --format zip -cf - -- * | cat > "$archive"
archived '`zip:compression=store`' && bsdtar --format zip --options zip:compression=store -cf "$archive" -- *
archived '`zip:zip64`' && bsdtar --format zip --options zip:zip64 -cf "$archive" -- *
archived '`zip:encryption=aes256`' && bsdtar --format zip --options zip:encryption=aes256 --passphrase secret -cf "$archive" -- *

seven=$(command -v 7zz || command -v 7z || command -v 7za)
seven_version=$("$seven" i | sed -n 's/^7-Zip[^0-9]*\([0-9.]*\).*/\1/p')
zipped() {
    made 7-Zip "$seven_version" "$1"
}
zipped '`a`' && "$seven" a -bso0 -bsp0 "$archive" .
zipped '`a -mm=Copy`' && "$seven" a -bso0 -bsp0 -mm=Copy "$archive" .
zipped '`a -mx=9`' && "$seven" a -bso0 -bsp0 -mx=9 "$archive" .
zipped '`a -mcu=on`' && "$seven" a -bso0 -bsp0 -mcu=on "$archive" .
zipped '`a -mcl=on`' && "$seven" a -bso0 -bsp0 -mcl=on "$archive" .
zipped '`a -mm=Deflate64`' && "$seven" a -bso0 -bsp0 -mm=Deflate64 "$archive" .
zipped '`a -mm=LZMA`' && "$seven" a -bso0 -bsp0 -mm=LZMA "$archive" .
zipped '`a -psecret`' && "$seven" a -bso0 -bsp0 -psecret "$archive" .
zipped '`a -si` from a pipe' && "$seven" a -bso0 -bsp0 -siexport-manifest.json "$archive" < export-manifest.json
