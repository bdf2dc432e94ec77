from DIRAC.Core.DISET.RequestHandler import RequestHandler


class RigLockedHandler(RequestHandler):
    """A second class: services of one class in one process share their name in the ping answer (DIRAC 9.1.22)."""
