#!/usr/bin/env bash
# Makes .venv from the locks: `tools/setup.sh` what Killmart needs to run, `tools/setup.sh dev` also what
# developing it needs. Quick when nothing changed. Needs Python >= 3.11 and the network's package index.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "setup: $*" >&2; exit 1; }

find_python() {
  local candidate
  for candidate in "${KILLMART_PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  fail "no Python >= 3.11 found; install one, or name it with KILLMART_PYTHON=/path/to/python3"
}

# uv installs in seconds what takes pip minutes; where uv finds no index of its own, pip's way is taken.
install() {
  local uv_index="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-}}"
  if [ -x .venv/bin/uv ] && UV_DEFAULT_INDEX="$uv_index" .venv/bin/uv pip install -q --no-deps --python .venv/bin/python -r "$1"; then
    return
  fi
  .venv/bin/python -m pip install -q --no-deps --disable-pip-version-check -r "$1"
}

setup() { # setup LOCK STAMP
  if [ -f ".venv/$2" ] && cmp -s "$1" ".venv/$2"; then return; fi
  echo "setup: installing $1 into .venv ($(grep -c '==' "$1") packages)" >&2
  install "$1" || fail "installing $1 failed; is the package index reachable and the disk not full? See the lines above, then run it again"
  cp "$1" ".venv/$2"
}

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
  python=$(find_python)
  echo "setup: making .venv with $("$python" --version)" >&2
  "$python" -m venv --clear .venv || fail "could not make .venv; on Debian and Ubuntu: apt-get install python3-venv"
  .venv/bin/python -m pip install -q --disable-pip-version-check "$(grep -E '^uv==' requirements-dev.txt)" \
    || echo "setup: uv is not to be had here, going on with pip" >&2
fi

setup requirements.txt .requirements.txt
[ "${1:-}" != dev ] || setup requirements-dev.txt .requirements-dev.txt

# include/ on the path of everything that runs from .venv
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$PWD/include" > "$site/killmart.pth"
