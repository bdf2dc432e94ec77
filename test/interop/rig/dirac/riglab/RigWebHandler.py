from DIRAC.Core.Tornado.Server.TornadoService import TornadoService


class RigWebHandler(TornadoService):
    """What DIRAC's TornadoService gives every service, and nothing more."""
