#!/bin/sh
# The lock file may name the public index and nothing else: what it names is what every machine will fetch.
cd "$(dirname "$0")/.." || exit 1
others=$(grep -oE 'https?://[^/"]+' uv.lock | sort -u | grep -vxE 'https://(pypi\.org|files\.pythonhosted\.org)')
[ -z "$others" ] || { echo "uv.lock names: $others"; exit 1; }
