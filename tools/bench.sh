#!/bin/sh
# Runs the benchmarks, or those named: tools/bench.sh faces replication
# One name may be followed by that benchmark's own options: tools/bench.sh page_reading --pages 5
set -eu
cd "$(dirname "$0")/.."

# The packages that pages and names are compared with live in an environment of their own: the product's never holds them.
peers=.venv/peers

prepare_peers() {
    # PyICU has no wheels: pip compiles it, in about a minute.
    pkg-config --exists icu-i18n 2>/dev/null || install libicu-dev pkg-config g++
    wanted=$(cat benchmarks/peers/requirements.txt benchmarks/peers/overrides.txt | sha256sum | cut -d' ' -f1)
    if [ ! -f "$peers/.set-up" ] || [ "$(cat "$peers/.set-up")" != "$wanted" ]; then
        echo "Making the peers' environment"
        .venv/bin/uv venv --quiet --clear --python .venv/bin/python "$peers"
        .venv/bin/uv pip sync --quiet --python "$peers/bin/python" benchmarks/peers/requirements.txt
        echo "$wanted" >"$peers/.set-up"
    fi
}

prepare_tesseract() {
    command -v tesseract >/dev/null 2>&1 || install tesseract-ocr
    .venv/bin/python -m benchmarks.peers.fetch_traineddata models/tessdata
}

install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $*"
        DEBIAN_FRONTEND=noninteractive apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    else
        echo "Packages are missing. Install them and run this again: sudo apt-get install $*" >&2
        exit 1
    fi
}

run() {
    name=$1
    shift
    printf '\n== %s\n' "$name"
    case $name in
        page_reading) prepare_tesseract && prepare_peers ;;
        names | screening) prepare_peers ;;
    esac
    .venv/bin/python -m "benchmarks.$name" "$@"
}

# The errors of faces are measured on portraits of real people, which nobody may ship; the cost on any machine.
run_faces() {
    portraits=${CROSSING_REAL_MATERIAL-}/faces
    if [ -f "$portraits/pairs_folds_1_2.csv" ]; then
        set -- --images "$portraits/lfw_folds_1_2" --pairs "$portraits/pairs_folds_1_2.csv" \
            --data "Labeled Faces in the Wild, view 2, folds 1 and 2" "$@"
    else
        echo "faces: the cost alone; the errors need a folder: .venv/bin/python -m benchmarks.faces --help"
    fi
    run faces "$@"
}

# Products of matrices are what engines are compared with: one thread each.
export OPENBLAS_NUM_THREADS=1

case ${2-} in
    -*)
        name=$1
        shift
        case $name in
            faces) run_faces "$@" ;;
            *) run "$name" "$@" ;;
        esac
        exit
        ;;
esac
if [ $# -eq 0 ]; then
    # A benchmark is a file, or a folder with a __main__.py.
    set -- $(ls benchmarks/*.py benchmarks/*/__main__.py | sed 's|/__main__\.py$|.py|; s|.*/||; s|\.py$||' | grep -v '^_')
fi
for name in "$@"; do
    case $name in
        faces) run_faces ;;
        *) run "$name" ;;
    esac
done
