"""dirac_self_ping.py PORT/System/Service: self-ping under its old name. Runs on Python 2.7 and 3."""
import os
import sys

os.execv("/opt/dips-probe/self-ping", ["self-ping"] + sys.argv[1:])
