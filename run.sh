#!/usr/bin/env bash
# Runs the pipeline. Alone it is the demo: sample data through examples/retail. What `dataspark run --help` lists can be
# given instead: ./run.sh --project DIR
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
(($#)) || exec make --no-print-directory --directory "$home" demo
"$home/setup.sh" >&2
exec "$home/.venv/bin/dataspark" run "$@"
