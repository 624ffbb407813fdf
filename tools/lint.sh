#!/bin/sh
# Everything that can be said about the code without running it. Says all of it, then fails if anything was said.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=0
step() {
    name=$1
    shift
    if out=$("$@" 2>&1); then
        echo "ok    $name"
    else
        failed=1
        echo "FAIL  $name"
        printf '%s\n' "$out" | sed 's/^/      /'
    fi
}
step "ruff format" $bin/ruff format --check .
step "ruff check" $bin/ruff check .
step "mypy --strict" $bin/mypy src devices/src interpol_bridge/src
step "import-linter" $bin/lint-imports
step "hadolint" $bin/hadolint Dockerfile
step "lock file" $bin/uv lock --check --quiet
step "public index only" sh tools/check_lock.sh
exit $failed
