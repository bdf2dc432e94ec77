"""diracPings.py CFG URL THREADS: pings with DIRAC's own client, with the host certificate of CFG.

For each number on stdin that many pings, THREADS at a time; one JSON object on stdout: CPU of the process, median and p99.
"""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import local

from DIRAC.ConfigurationSystem.Client.ConfigurationData import gConfigurationData

gConfigurationData.loadFile(sys.argv[1])

from DIRAC.Core.DISET.RPCClient import RPCClient  # noqa: E402  (reads the configuration when imported)

own = local()


def ping(_):
    started = time.perf_counter()
    if not hasattr(own, "client"):
        own.client = RPCClient(sys.argv[2], timeout=120, useCertificates=True)
    answer = own.client.ping()
    if not answer["OK"]:
        raise RuntimeError(answer["Message"])
    return time.perf_counter() - started


def cpu_us():
    return time.process_time() * 1e6


with ThreadPoolExecutor(int(sys.argv[3])) as threads:
    for line in sys.stdin:
        count, before, started = int(line), cpu_us(), time.perf_counter()
        taken = sorted(threads.map(ping, range(count)))
        said = {
            "cpuUs": (cpu_us() - before) / count,
            "perSecond": count / (time.perf_counter() - started),
            "p50Ms": taken[count // 2] * 1e3,
            "p99Ms": taken[min(count - 1, int(count * 0.99))] * 1e3,
        }
        print(json.dumps(said), flush=True)
