from DIRAC.Core.Tornado.Server.TornadoService import TornadoService


class RigWebLockedHandler(TornadoService):
    """What DIRAC's TornadoService gives every service, and nothing more."""
