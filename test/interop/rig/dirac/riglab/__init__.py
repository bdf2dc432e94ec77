"""Service classes of the interop tests; DIRAC loads them by the HandlerPath option of the service."""
from M2Crypto import X509

# DIRAC 7.3 lets proxies in by this flag if M2Crypto names it; 0.38 to 0.42 do not. The value is OpenSSL's
# X509_V_FLAG_ALLOW_PROXY_CERTS. This module is loaded before DIRAC opens its listening socket.
if not hasattr(X509, "verify_allow_proxy_certs"):
    X509.verify_allow_proxy_certs = 0x40
