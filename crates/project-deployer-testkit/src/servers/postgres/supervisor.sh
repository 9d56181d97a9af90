# Runs a server, and ends it with the signal that is read. At the end of the input, be it because the process that
# wanted the server was killed, the directory is removed as well. Arguments: directory, command.
directory=$1
shift
"$@" </dev/null &
server=$!
read -r signal || remove=yes
kill -s "${signal:-QUIT}" "$server" 2>/dev/null
wait "$server"
[ -z "${remove:-}" ] || rm -rf -- "$directory"
