#!/usr/bin/env bash
# Sets the password of the role that init.sql made, from the file that ROLE_PASSWORD_FILE names. Run by the PostgreSQL image after init.sql, once, when the database
# is new. psql reads the file itself: no command line has the password.
set -euo pipefail

[ -s "${ROLE_PASSWORD_FILE:?names the file with the password of the role sluice}" ] || { echo "$ROLE_PASSWORD_FILE is missing or empty." >&2; exit 1; }
export ROLE_PASSWORD_FILE
psql --set ON_ERROR_STOP=1 --quiet --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-postgres}" <<'SQL'
\set password `cat "$ROLE_PASSWORD_FILE"`
ALTER ROLE sluice PASSWORD :'password';
SQL
