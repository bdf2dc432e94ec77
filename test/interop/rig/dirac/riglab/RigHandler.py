from DIRAC.Core.DISET.RequestHandler import RequestHandler


class RigHandler(RequestHandler):
    """What DIRAC's RequestHandler gives every service (ping, whoami, echo), and nothing more."""
