#!/bin/sh
# Run uv. Where there is none, fetch it once from the package index into .uv, with any Python.
# usage: uv.sh ARGUMENTS…    with UV=/path/to/uv in the environment, that one

cd "$(dirname "$0")/.." || exit 1

# Tried, not only looked up: a name on PATH may be a version manager's shim for what is not there.
works() { "$1" --version > /dev/null 2>&1; }

fetch() {
    requirements='--quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.lock'
    export PIP_ROOT_USER_ACTION=ignore
    for python in python3 python py; do
        works "$python" || continue
        echo "Fetching uv, which installs the packages, into .uv"
        rm -rf .uv
        "$python" -m pip install --target .uv $requirements && return
        # Some systems ship Python without pip, but a virtual environment has it.
        "$python" -m venv .uv && .uv/bin/python -m pip install $requirements && return
    done
    return 1
}

for uv in "${UV:-uv}" .uv/bin/uv; do
    works "$uv" && exec "$uv" "$@"
done
fetch >&2 && works .uv/bin/uv && exec .uv/bin/uv "$@"

cat >&2 <<MESSAGE
GAN School installs its packages with uv, and could not fetch it (for the reason above, or because
there is no Python with venv or pip; Debian, Ubuntu: sudo apt install python3-venv). Other ways to
get it: https://docs.astral.sh/uv/getting-started/installation
MESSAGE
exit 1
