"""ask.py CFG URL [PROXY]: what DIRAC's own client gets from a service, one JSON object on stdout.

Without PROXY the host certificate of CFG is used. Datetimes are written as DIRAC prints them (naive, UTC).
"""
import json
import sys

from DIRAC.ConfigurationSystem.Client.ConfigurationData import gConfigurationData

gConfigurationData.loadFile(sys.argv[1])
# With "yes", as a service has it, the clients before 9.1 show the host certificate whatever proxy they are given.
gConfigurationData.setOptionInCFG("/DIRAC/Security/UseServerCertificate", "no")

from DIRAC.Core.DISET.RPCClient import RPCClient  # noqa: E402  (reads the configuration when imported)

identity = {"proxyLocation": sys.argv[3]} if len(sys.argv) > 3 else {"useCertificates": True}
client = RPCClient(sys.argv[2], timeout=120, **identity)
print(json.dumps({"ping": client.ping(), "whoami": client.whoami()}, default=str))
