#!/usr/bin/env bash
# requirements.txt is uv.lock for pip and the image. With --check: fail when it is stale.
set -euo pipefail
cd "$(dirname "$0")/.."
export_lock() {
    .venv/bin/uv export --frozen --quiet --no-dev --extra celery --no-hashes --no-annotate --no-header --no-emit-project
}
if [ "${1:-}" = --check ]; then
    diff <(export_lock) requirements.txt >/dev/null || {
        echo "requirements.txt is stale: make lock" >&2
        exit 1
    }
else
    export_lock >requirements.txt
fi
