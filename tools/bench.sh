#!/bin/sh
# Runs the benchmarks, or those named: tools/bench.sh faces replication
set -eu
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then
    set -- $(ls benchmarks/*.py | xargs -n1 basename | grep -v '^_' | sed 's/\.py$//')
fi
for name in "$@"; do
    printf '\n== %s\n' "$name"
    .venv/bin/python -m "benchmarks.$name"
done
