#!/usr/bin/env bash
# Takes the pictures in docs/ again, light and dark, from the pages of real runs: the browser tests look at them anyway.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh dev
export KILLMART_SCREENSHOTS=1
mapfile -t tests < <(grep -rlE '\bscreenshot\(|takes_screenshots' tests --include='test_*.py')
exec .venv/bin/python -m pytest -n 0 "${tests[@]}"
