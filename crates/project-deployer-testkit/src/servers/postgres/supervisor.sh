# Runs a server, and ends it with the signal that is read. At the end of the input, be it because the process that
# wanted the server was killed, the directory is removed as well. Arguments: directory, the signal at the end of
# the input, command.
directory=$1
last=$2
shift 2
"$@" </dev/null &
server=$!
read -r signal || remove=yes
signal=${signal:-$last}
sessions=
# The sessions of a killed server would go on until they notice.
[ "$signal" = QUIT ] || read -r sessions <"/proc/$server/task/$server/children"
# shellcheck disable=SC2086 # one word for each session
kill -s "$signal" "$server" $sessions 2>/dev/null
wait "$server"
[ -z "${remove:-}" ] || rm -rf -- "$directory"
