# Starts a sandbox and removes it at its end. Arguments: directory, tree of Debian packages (or empty).
# On 0 and 1 come the listening sockets of the server's two ports, on 2 a pipe that ends with the process
# that wants the server, however that ends.
exec 5<&2 2>>"$1/log"
own_user=
# Namespaces are root's, or those of a namespace where one is root.
[ "$(id -u)" = 0 ] || own_user="--user --map-root-user"
unshare $own_user --mount --net --pid --fork --kill-child --propagation private \
    sh "$1/inside.sh" "$@" 3<&0 4<&1 </dev/null >&2
# Clients that still connect are to be refused.
exec </dev/null >&2 3<&- 4<&-
# Until then a user may want to read the log.
read -r _ <&5
rm -rf -- "$1"
