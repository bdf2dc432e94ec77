"""makeProxies.py CERT KEY DIR: RFC 3820 proxies of a user, made by DIRAC itself: proxy, proxyOfProxy, proxyLimited."""
import sys

from M2Crypto import ASN1, EVP, X509  # noqa: F401 (DIRAC 7.3 counts on their being bound, newer M2Crypto does not)
from DIRAC.Core.Security.X509Chain import X509Chain

LIFETIME_SECONDS = 12 * 3600
user, user_key, directory = sys.argv[1:]


def make(name, certificate, key, **options):
    chain = X509Chain()
    for result in (
        chain.loadChainFromFile(certificate),
        chain.loadKeyFromFile(key),
        chain.generateProxyToFile(f"{directory}/{name}.pem", LIFETIME_SECONDS, strength=2048, **options),
    ):
        if not result["OK"]:
            sys.exit(f"{name}: {result['Message']}")


make("proxy", user, user_key, diracGroup="rig_user")
make("proxyOfProxy", f"{directory}/proxy.pem", f"{directory}/proxy.pem")
make("proxyLimited", user, user_key, diracGroup="rig_user", limited=True)
