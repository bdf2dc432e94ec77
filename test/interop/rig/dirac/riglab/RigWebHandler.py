from DIRAC.Core.Tornado.Server.TornadoService import TornadoService
from riglab.Sleeping import Sleeping


class RigWebHandler(Sleeping, TornadoService):
    """What DIRAC's TornadoService gives every service, and `sleep`."""
