#!/bin/sh
# Print the path of a Python that can make the virtual environment: 3.11 to 3.13, with venv and pip.
# usage: find-python.sh [PYTHON]    with PYTHON, that one or none
#
# Each candidate is run, not only looked up: a name on PATH may be a version manager's shim for a
# Python that is not installed, and some systems ship Python without venv.

probe='
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit("is Python %d.%d" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    sys.exit("is Python %d.%d without venv (Debian, Ubuntu: sudo apt install python%d.%d-venv)" % (
        sys.version_info[:2] * 2))
print(sys.executable)
'

named=$1
[ -n "$named" ] || set -- python3 python3.13 python3.12 python3.11 python
seen=''
for candidate in "$@"; do
    if answer=$("$candidate" -c "$probe" 2>&1); then
        echo "$answer"
        exit 0
    elif command -v "$candidate" > /dev/null 2>&1; then
        seen="$seen
  $candidate $(echo "$answer" | head -n 1)"
    fi
done

cat >&2 <<MESSAGE
GAN School needs Python 3.11, 3.12 or 3.13, and found none${named:+ under the name $named}.${seen:+ There is:$seen}
Install one (python.org, your package manager or conda). If its name is not on the search path, say
where it is: make start PYTHON=/path/to/python3.12
MESSAGE
exit 1
