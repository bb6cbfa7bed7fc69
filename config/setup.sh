#!/bin/sh
# usage: setup.sh PYTHON VENV LOCK: makes VENV and installs LOCK (hashes checked) and Linshe itself into it.
set -eu
python=$1; venv=$2; lock=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Linshe needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Say which one: make PYTHON=python3.11 ..." >&2
    exit 1
}
echo "setup: $lock into $venv (a minute or two the first time)"
if command -v uv >/dev/null 2>&1; then
    [ -x "$venv/bin/python" ] || UV_PYTHON_DOWNLOADS=never uv venv -q --python "$python" "$venv"
    uv pip install -q --python "$venv/bin/python" --require-hashes -r "$lock"
    uv pip install -q --python "$venv/bin/python" --no-deps --no-build-isolation -e .
else
    # Debian ships venv apart from Python; virtualenv does the same from pip
    [ -x "$venv/bin/pip" ] || "$python" -m venv "$venv" >/dev/null 2>&1 || {
        rm -rf "$venv"
        "$python" -m pip install -q --user --break-system-packages virtualenv 2>/dev/null || "$python" -m pip install -q --user virtualenv
        "$python" -m virtualenv -q "$venv"
    }
    "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$lock"
    "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
fi
