#!/usr/bin/env bash
# Installs DataSpark with every version pinned into .venv beside this script. PYTHON=python3.12 ./setup.sh takes that Python.
set -euo pipefail
exec make --no-print-directory --directory "$(dirname "${BASH_SOURCE[0]}")" setup
