#!/usr/bin/env bash
# Times harden beside the tools that do or check some of the same, and prints the table of the README's page on speed.
#
# Usage: benches/compare.sh [--rounds N] [HARDEN]
#   HARDEN   the program to time; without it the release build is made first
#
# Needs python3 with venv, and node with npm: the peers are installed from PyPI and npm into target/peers, in the versions
# below. The corpus is only timed where it lies beside the crate.
set -euo pipefail
cd "$(dirname "$0")/.."

compose_lint=0.36.2
compose_harden=0.2.0
dclint=3.1.0

rounds=15
if [ "${1:-}" = --rounds ]; then rounds=$2; shift 2; fi
harden=${1:-}
if [ -z "$harden" ]; then
  cargo build --release --locked
  harden="${CARGO_TARGET_DIR:-target}/release/harden"
fi

peers="${CARGO_TARGET_DIR:-target}/peers"
if [ ! -x "$peers/bin/compose-lint" ]; then
  python3 -m venv "$peers"
  "$peers/bin/pip" install --quiet --disable-pip-version-check "compose-lint==$compose_lint" "compose-harden==$compose_harden"
fi
if [ ! -x "$peers/node_modules/.bin/dclint" ]; then
  npm install --silent --no-audit --no-fund --prefix "$peers" "dclint@$dclint"
fi

exec python3 benches/compare.py --rounds "$rounds" "$(realpath "$harden")" "$(realpath "$peers")"
