import time

from DIRAC.Core.DISET.RequestHandler import RequestHandler


class RigHandler(RequestHandler):
    """What DIRAC's RequestHandler gives every service (ping, whoami, echo), and a call that keeps its thread."""

    types_sleep = [int]

    def export_sleep(self, seconds):
        time.sleep(seconds)
        return {"OK": True, "Value": seconds}
