#!/usr/bin/env bash
# Make the environment: system libraries, a Python environment, the locked packages.
set -euo pipefail
cd "$(dirname "$0")/.."
UV_VERSION=0.13.9

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 1; fi
}

# Install Debian packages, or name what is missing and how to get it.
need() {
    local what=$1; shift
    if command -v apt-get >/dev/null; then
        echo "installing $what: $*"
        if as_root apt-get update -qq >/dev/null && \
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
        then return; fi
    fi
    echo "$what is missing. Install it first, on Debian or Ubuntu: sudo apt-get install $*" >&2
    echo "elsewhere: the packages of the same purpose (Fedora: pango; macOS: brew install pango)." >&2
    exit 1
}

command -v python3 >/dev/null || need "Python 3.11 or newer" python3 python3-venv
python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || {
    echo "python3 is $(python3 -V 2>&1); Python 3.11, 3.12 or 3.13 is needed in front of it on PATH." >&2
    exit 1
}
python3 - <<'PY' || need "Pango, which WeasyPrint draws with" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
import ctypes.util, sys
sys.exit(not all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")))
PY

if [ ! -x .venv/bin/uv ]; then
    python3 -c 'import venv, ensurepip' 2>/dev/null || need "the venv module" python3-venv
    python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi
.venv/bin/uv sync --frozen --inexact --quiet
touch .venv/ready
