from DIRAC.Core.DISET.RequestHandler import RequestHandler
from riglab.Sleeping import Sleeping


class RigHandler(Sleeping, RequestHandler):
    """What DIRAC's RequestHandler gives every service (ping, whoami, echo), and `sleep`."""
