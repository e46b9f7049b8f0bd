#!/bin/sh
# Run a command with the settings that are mounted as files, so that no secret stands in a container's description.
set -eu
for file in /run/secrets/mutua.env /run/secrets/mutua-owner.env; do
  if [ -r "$file" ]; then
    set -a
    # shellcheck source=/dev/null
    . "$file"
    set +a
  fi
done
if [ -r /run/secrets/postgres-password ] && [ -n "${MUTUA_DATABASE_OWNER_URL:-}" ]; then
  server=${MUTUA_DATABASE_OWNER_URL##*@}
  PREPARE_ADMIN_URL="postgresql://postgres:$(cat /run/secrets/postgres-password)@${server%%/*}/postgres"
  export PREPARE_ADMIN_URL
fi
exec "$@"
