# Builds the sandbox: the machine's own files, read only, with Debian packages laid over them, and one place
# to write, /mnt. Memory that processes share is the sandbox's own.
set -eu
: >"$1/entered"
mkdir "$1/run" "$1/tmp" "$1/debian"
if [ -n "$2" ]; then
    mount --bind "$2" "$1/debian"
else
    mkdir "$1/debian/usr" "$1/debian/etc" "$1/debian/var"
fi
mount --rbind "$1" /mnt
for part in usr etc var; do
    mount -t overlay overlay -o "lowerdir=/mnt/debian/$part:/$part" "/$part"
done
mount --bind /mnt/run /run
mount --bind /mnt/tmp /tmp
mount -t tmpfs shm /dev/shm
cd /mnt
exec python3 /mnt/supervisor.py
