#!/usr/bin/env bash
# Starts the whole stack on this machine, without Docker. What `dataspark up --help` lists can be given here too.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$home/setup.sh" >&2
exec "$home/.venv/bin/dataspark" up "$@"
