#!/bin/bash
# install.sh REQUIREMENTS: installs DIRAC_VERSION, and LHCBDIRAC_VERSION if that is not empty, below /opt/dirac while an image is built.
#
# Where the base brings DIRACOS2 (/opt/dirac/diracos), with all that DIRAC needs, they go into that; else into a new virtual environment,
# /opt/dirac/venv, together with what the file REQUIREMENTS lists. entrypoint.sh knows both.
set -euo pipefail
: "${DIRAC_VERSION:?expected one, such as 9.1.22}"
export PIP_PROGRESS_BAR=off PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

if [ -f /opt/dirac/diracos/diracosrc ]; then
  set +eu
  # shellcheck source=/dev/null
  source /opt/dirac/diracos/diracosrc
  set -eu
  python -m pip install "DIRAC[server]==$DIRAC_VERSION" ${LHCBDIRAC_VERSION:+"LHCbDIRAC[server]==$LHCBDIRAC_VERSION"}
else
  python3 -m venv /opt/dirac/venv
  /opt/dirac/venv/bin/python -m pip install --no-deps --requirement "$1" ${LHCBDIRAC_VERSION:+"LHCbDIRAC==$LHCBDIRAC_VERSION"}
fi
