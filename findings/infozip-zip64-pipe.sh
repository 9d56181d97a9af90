#!/bin/sh
# Info-ZIP: `zip -fz` to a pipe writes an archive that its own `unzip` cannot read.
#
# Software: zip 3.0-13 and unzip 6.0-28 of Debian 12, Python's zipfile, bsdtar 3.6.2.
# One would guess: `-fz` ("force zip64") only makes an archive larger. To a file it does. To a pipe the
#   archive is sound as well, since zip64 exists for streams of unknown length.
# Seen: to a pipe the end record gives the position of the directory as 0xFFFFFFFF, which means "see the
#   zip64 end record", and writes no zip64 end record. unzip, Python and bsdtar all fail.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# The packages, unpacked and not installed.
apt-get --quiet=2 --option APT::Sandbox::User=root download zip=3.0-13 unzip libarchive-tools libarchive13
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
LD_LIBRARY_PATH=$(echo "$folder"/tree/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
PATH=$folder/tree/usr/bin:$PATH
zip -v | sed -n 2p
bsdtar --version

mkdir data
echo hello > data/a.txt
zip -q -r -fz file.zip data
zip -q -r -fz - data | cat > pipe.zip

failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
ends() { # whether a command succeeds
  if "$@" > out.txt 2>&1; then echo reads; else echo fails; fi
}
python='import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None'
expect "unzip, archive written to a file" reads "$(ends unzip -t file.zip)"
expect "unzip, archive written to a pipe" fails "$(ends unzip -t pipe.zip)"
expect "Python, archive written to a file" reads "$(ends python3 -c "$python" file.zip)"
expect "Python, archive written to a pipe" fails "$(ends python3 -c "$python" pipe.zip)"
expect "bsdtar, archive written to a pipe" fails "$(ends bsdtar -tf pipe.zip)"
expect "position of the directory in the end record" ffffffff "$(tail -c 6 pipe.zip | head -c 4 | od -An -tx4 | tr -d ' ')"
expect "zip64 end records" 0 "$(LC_ALL=C grep --count --text --perl-regexp "PK\x06\x06" pipe.zip || true)"
exit $failed
