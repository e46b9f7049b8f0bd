#!/bin/sh
# Make the data folder once, then run PostgreSQL: the part of the official image's interface that compose.yaml uses.
set -eu
mkdir -p /var/run/postgresql
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  rm -rf "$PGDATA" "$PGDATA.new"
  mkdir -p "${PGDATA%/*}"
  # shellcheck disable=SC2086
  initdb --pgdata="$PGDATA.new" --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --no-instructions \
    --encoding=UTF8 --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all scram-sha-256" >> "$PGDATA.new/pg_hba.conf"
  mv "$PGDATA.new" "$PGDATA"
fi
exec "$@" -c "listen_addresses=*" -c unix_socket_directories=/var/run/postgresql
