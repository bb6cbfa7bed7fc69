#!/bin/sh
# make bench-detect: the table of the back-test on independent simulated homes and, where they are, on recorded ones.
#   sh tests/bench/detect.sh PYTHON BIN OUT [RECORDED]
# PYTHON makes the generators' own environment, BIN holds linshe-sim, OUT takes homes and reports,
# RECORDED is a folder of recorded household data. HOMES and DAYS change the size (20 and 75).
set -eu
python=$1 bin=$2 out=$3 recorded=${4:-}
here=$(dirname "$0")
mkdir -p "$out"
if [ ! -d "$out/homes-${HOMES:-20}x${DAYS:-75}" ]; then
    [ -x "$out/generators/bin/python" ] || "$python" -m venv "$out/generators"
    "$out/generators/bin/pip" install -q -r "$here/requirements-homes.in"
    "$out/generators/bin/python" -W ignore "$here/homes.py" --out "$out/new" --first-seed 2000 \
        --count "${HOMES:-20}" --days "${DAYS:-75}"
    mv "$out/new" "$out/homes-${HOMES:-20}x${DAYS:-75}"
fi
"$bin/linshe-sim" backtest --homes "$out/homes-${HOMES:-20}x${DAYS:-75}" \
    --json "$out/simulated.json" --picture "$out/simulated.svg" > "$out/simulated.txt"
cat "$out/simulated.txt"
"$bin/linshe-sim" backtest --dirty --homes "$out/homes-${HOMES:-20}x${DAYS:-75}" --collapses 3 --budget 0.3 > "$out/dirty.txt"
cat "$out/dirty.txt"
if [ -n "$recorded" ]; then
    "$bin/linshe-sim" backtest --recorded "$recorded" --no-others \
        --json "$out/recorded.json" --picture "$out/recorded.svg" > "$out/recorded.txt"
    cat "$out/recorded.txt"
fi
