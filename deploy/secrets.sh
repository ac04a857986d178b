#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml mounts, in deploy/secrets/. Existing ones are kept; to replace one, remove
# its file first (README.md, "Replacing keys", says which belong together).
#
# The keys come from the image; KULTURTORG=target/release/kulturtorg takes them from a binary instead.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
dir=$PWD/secrets
trap 'rm -rf "$dir/new"' EXIT
rm -rf "$dir/new"
mkdir "$dir/new"

if [ ! -e "$dir/service_seed" ]; then
    if [ -n "${KULTURTORG:-}" ]; then
        (cd "$OLDPWD" && "$KULTURTORG" admin keys --dir "$dir/new/keys")
    else
        docker run --rm --network none --user "$(id -u):$(id -g)" --volume "$dir/new:/new" \
            "kulturtorg:${KULTURTORG_VERSION:-dev}" admin keys --dir /new/keys
    fi
    # The seed that decides whether there are keys comes last.
    mv "$dir"/new/keys/issuer_* "$dir/new/keys/ticket_seed" "$dir/"
    mv "$dir/new/keys/service_seed" "$dir/"
fi

# 32 random bytes in letters and digits alone: they go into addresses as they are.
random() {
    od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'
}

# A password and the file that tells it to the other side are made together.
if [ ! -e "$dir/db_url" ]; then
    password=$(random)
    printf '%s' "$password" >"$dir/db_password"
    printf 'postgres://kulturtorg:%s@postgres:5432/kulturtorg' "$password" >"$dir/db_url"
fi
if [ ! -e "$dir/bus_url" ]; then
    password=$(random)
    printf 'authorization { user: kulturtorg, password: "%s" }\n' "$password" >"$dir/nats_users"
    printf 'nats://kulturtorg:%s@nats:4222' "$password" >"$dir/bus_url"
fi
if [ ! -e "$dir/meilisearch_config" ]; then
    key=$(random)
    printf 'master_key = "%s"\n' "$key" >"$dir/meilisearch_config"
    printf '%s' "$key" >"$dir/meilisearch_key"
fi
if [ ! -e "$dir/smtp_url" ]; then
    : >"$dir/smtp_url"
    echo "Write your mail server's address into deploy/secrets/smtp_url: smtps://user:password@host"
fi

# Compose mounts a file with the owner and mode that it has here, and no container runs as that owner. The folder
# keeps everybody else on this machine out.
chmod 0444 "$dir"/*_*
chmod 0700 "$dir"
echo "The secrets are in deploy/secrets/. Keep a copy of issuer_seed, service_seed and ticket_seed in a safe place."
