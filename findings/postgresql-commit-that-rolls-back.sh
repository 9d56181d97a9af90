#!/bin/sh
# PostgreSQL: COMMIT of a transaction with a failed statement succeeds, and most drivers call that a commit.
#
# Software: PostgreSQL 15.18 of Debian 12 and its psql; psycopg 3.3.9, asyncpg 0.32.0 and pg8000 1.31.6 of Python, pg
#   8.22.0 of npm, the JDBC driver 42.5.5 of Debian 12.
# One would guess: if an error in a transaction was caught - a key that is taken, say - the commit either keeps the
#   other statements, as in SQLite, or fails. At least `with connection.transaction():` cannot end well when
#   nothing was written.
# Seen: the server undoes everything and answers COMMIT with the word ROLLBACK, which is no error. psycopg
#   (`commit` and `transaction()`), asyncpg, JDBC and psql report nothing; pg shows it in a field of the answer; only
#   pg8000 raises. A store that lets a caught error pass confirms writes that are not there: it needs
#   `ON CONFLICT DO NOTHING` or a savepoint, and has to read what COMMIT answers.
set -eu
folder=$(mktemp -d)
trap 'kill -INT "$(head -1 "$folder/data/postmaster.pid" 2>/dev/null)" 2>/dev/null && wait_for_end; rm -rf "$folder"' EXIT
wait_for_end() { while [ -e "$folder/data/postmaster.pid" ]; do sleep 0.1; done; }
cd "$folder"
command -v javac > /dev/null || apt-get --quiet=2 install --yes --no-install-recommends default-jdk-headless

# The packages, unpacked and not installed.
apt-get --quiet=2 --option APT::Sandbox::User=root download postgresql-15=15.18-0+deb12u1 \
  postgresql-client-15=15.18-0+deb12u1 libpq5 libllvm14 libicu72 libxml2 libpostgresql-jdbc-java=42.5.5-0+deb12u1
for package in ./*.deb; do dpkg-deb --extract "$package" tree; done
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9' asyncpg==0.32.0 pg8000==1.31.6
npm install --silent --no-audit --no-fund --ignore-scripts pg@8.22.0 > out.txt
export LD_LIBRARY_PATH="$folder/tree/usr/lib/$(uname -m)-linux-gnu" HOME="$folder"

# The server refuses to run as root.
chmod 755 "$folder"
mkdir data
[ "$(id -u)" != 0 ] || chown nobody data .
server() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi
}
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
programs=$folder/tree/usr/lib/postgresql/15/bin
server "$programs/initdb" -D data -U test -A trust -E UTF8 --locale=C --no-sync > init.txt
server "$programs/pg_ctl" -D data -w -l data/log \
  -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c fsync=off" start > start.txt
address=postgresql://test@127.0.0.1:$port/postgres
psql() { "$programs/psql" --no-psqlrc --quiet --tuples-only --no-align "$address" "$@" 2> errors.txt; }
psql --command 'CREATE TABLE t (key integer PRIMARY KEY)'

cat > commit.py <<'PY'
import asyncio, sys, urllib.parse
import asyncpg, pg8000.dbapi, psycopg

how, address = sys.argv[1:]
insert = "INSERT INTO t VALUES (1)"

def twice(execute, taken):
    execute(insert)
    try:
        execute(insert)
    except taken:
        pass

def outcome(commit):
    try:
        commit()
        return "no error"
    except Exception as error:
        return type(error).__name__

async def with_asyncpg():
    connection = await asyncpg.connect(address)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(insert)
    try:
        await connection.execute(insert)
    except asyncpg.UniqueViolationError:
        pass
    try:
        await transaction.commit()
        return "no error"
    except Exception as error:
        return type(error).__name__

def with_block():
    with psycopg.connect(address) as connection:
        def block():
            with connection.transaction():
                twice(connection.execute, psycopg.errors.UniqueViolation)
        return outcome(block)

if how == "asyncpg":
    print(asyncio.run(with_asyncpg()))
elif how == "block":
    print(with_block())
else:
    if how == "psycopg":
        connection, taken = psycopg.connect(address), psycopg.errors.UniqueViolation
    else:
        url = urllib.parse.urlsplit(address)
        connection = pg8000.dbapi.connect("test", host=url.hostname, port=url.port, database="postgres")
        taken = pg8000.dbapi.DatabaseError
    twice(connection.cursor().execute, taken)
    print(outcome(connection.commit))
PY
cat > commit.mjs <<'JS'
import pg from "pg";
const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
await client.query("BEGIN");
await client.query("INSERT INTO t VALUES (1)");
await client.query("INSERT INTO t VALUES (1)").catch(() => {});
console.log("no error, command", (await client.query("COMMIT")).command);
await client.end();
JS
cat > Commit.java <<'JAVA'
import java.sql.*;

public class Commit {
    public static void main(String[] arguments) throws Exception {
        Connection connection = DriverManager.getConnection("jdbc:" + arguments[0]);
        connection.setAutoCommit(false);
        Statement statement = connection.createStatement();
        statement.execute("INSERT INTO t VALUES (1)");
        try {
            statement.execute("INSERT INTO t VALUES (1)");
        } catch (SQLException taken) {
        }
        connection.commit();
        System.out.println("no error");
    }
}
JAVA
in_psql() {
  status=0
  psql --command BEGIN --command 'INSERT INTO t VALUES (1)' --command 'INSERT INTO t VALUES (1)' --command COMMIT || status=$?
  echo "exit code $status"
}
failed=0
expect() { # expect WHAT WANTED FOUND
  if [ "$2" = "$3" ]; then echo "seen: $1: $3"; else echo "changed: $1: $3 instead of $2"; failed=1; fi
}
psql --command 'SELECT version()' | cut -d' ' -f1-2
expect "psql" "exit code 0" "$(in_psql)"
expect "psycopg, commit" "no error" "$(python/bin/python commit.py psycopg "$address")"
expect "psycopg, transaction()" "no error" "$(python/bin/python commit.py block "$address")"
expect "asyncpg" "no error" "$(python/bin/python commit.py asyncpg "$address")"
expect "pg of npm" "no error, command ROLLBACK" "$(node commit.mjs "$address")"
expect "pg8000" InterfaceError "$(python/bin/python commit.py pg8000 "$address")"
jdbc="postgresql://127.0.0.1:$port/postgres?user=test"
expect "JDBC" "no error" "$(java -classpath tree/usr/share/java/postgresql.jar Commit.java "$jdbc")"
expect "rows after all of that" 0 "$(psql --command 'SELECT count(*) FROM t')"
python/bin/python -c 'import sqlite3
connection = sqlite3.connect("t.db")
connection.execute("CREATE TABLE t (key INTEGER PRIMARY KEY)")
connection.execute("INSERT INTO t VALUES (1)")
try: connection.execute("INSERT INTO t VALUES (1)")
except sqlite3.IntegrityError: pass
connection.commit()
print(connection.execute("SELECT count(*) FROM t").fetchone()[0])' > sqlite.txt
expect "rows in SQLite after the same" 1 "$(cat sqlite.txt)"
exit $failed
