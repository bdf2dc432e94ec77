"""startTornado.py --cfg FILE …: `tornado-start-all`, on PyPI's Tornado 5.1.1.

DIRAC's own build of Tornado 5.1.1, which is on no index, lets the TLS stream be chosen (SSLIOStream.configure) and asks that stream for
the client's certificate. That is all it adds, and here it is for the Tornado of PyPI.
"""
import collections
import collections.abc
import importlib
import sys

# Tornado 5.1.1 is older than the Python releases that took this name away.
collections.MutableMapping = collections.abc.MutableMapping

from tornado import httputil, iostream, tcpserver


def configure(path):
    module, name = path.rsplit(".", 1)
    stream_class = getattr(importlib.import_module(module), name)

    def open_stream(connection, **options):
        stream = stream_class()
        stream.initialize(connection, **options)
        return stream

    tcpserver.ssl_wrap_socket = importlib.import_module("tornado_m2crypto.m2netutil").m2_wrap_socket
    tcpserver.SSLIOStream = open_stream


iostream.SSLIOStream.configure = configure
for method in ("get_ssl_certificate", "get_ssl_certificate_chain"):
    setattr(
        httputil.HTTPServerRequest,
        method,
        lambda request, _method=method, **options: getattr(request.connection.stream, _method)(**options),
    )

from DIRAC.Core.Tornado.scripts.tornado_start_all import main  # noqa: E402  (configures the stream when imported)

sys.exit(main())
