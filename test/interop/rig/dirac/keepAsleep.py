"""keepAsleep.py CFG URL THREADS SECONDS: so many calls at once by DIRAC's own client, each keeping a thread of the service asleep."""
import sys
from concurrent.futures import ThreadPoolExecutor

from DIRAC.ConfigurationSystem.Client.ConfigurationData import gConfigurationData

gConfigurationData.loadFile(sys.argv[1])
gConfigurationData.setOptionInCFG("/DIRAC/Security/UseServerCertificate", "no")

from DIRAC.Core.DISET.RPCClient import RPCClient  # noqa: E402  (reads the configuration when imported)

threads, seconds = int(sys.argv[3]), int(sys.argv[4])


def sleep(_):
    return RPCClient(sys.argv[2], timeout=120, useCertificates=True).sleep(seconds)


with ThreadPoolExecutor(threads) as pool:
    failed = [result["Message"] for result in pool.map(sleep, range(threads)) if not result["OK"]]
if failed:
    sys.exit(str(failed))
