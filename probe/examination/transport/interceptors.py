"""Who is known for ending other people's TLS sessions, by how their authorities name themselves; data, and how to compare it.

A name here stands for a certificate made on the way, be it by a program of the user's own. It is compared with the common
name and the organization of the issuer, from their beginning, without regard to case.
"""

import re
from collections.abc import Iterator, Mapping

from probe.model import Certificate

# Authorities whose private key went out with a product, so that anybody can sign with it (badssl.com has an example of each).
_LEAKED: Mapping[str, str] = {
    "superfish, inc.": "Superfish",
    "edellroot": "eDellRoot",
    "dsdtestprovider": "DSDTestProvider",
}
# webpack-dev-server's authority calls itself no more than this; a certificate that signs itself may do so too.
_LOCALHOST = "localhost"
_ON_THE_MACHINE: Mapping[str, str] = {
    "avast! web/mail shield": "Avast",
    "avast web/mail shield": "Avast",
    "avg web/mail shield": "AVG",
    "norton web/mail shield": "Norton",
    "kaspersky anti-virus personal root": "Kaspersky",
    "kaspersky endpoint security personal root": "Kaspersky",
    "eset ssl filter ca": "ESET",
    "bitdefender personal ca": "Bitdefender",
    "dr.web custom ca": "Dr.Web",
    "adguard personal ca": "AdGuard",
    "covenant eyes": "Covenant Eyes",
    "qustodio": "Qustodio",
    "contentwatch, inc": "Net Nanny",
    "do_not_trust_fiddlerroot": "Fiddler",
    "charles proxy": "Charles Proxy",
    "portswigger ca": "Burp Suite",
    "mitmproxy": "mitmproxy",
}
_IN_THE_NETWORK: Mapping[str, str] = {
    "zscaler": "Zscaler",
    "cisco umbrella": "Cisco Umbrella",
    "fortigate": "FortiGate",
    "fortinet": "FortiGate",
    "sophos ssl ca": "Sophos",
    "sophos utm": "Sophos",
    "forcepoint": "Forcepoint",
    "websense": "Forcepoint",
    "mcafee web gateway": "McAfee Web Gateway",
    "skyhigh web gateway": "Skyhigh Web Gateway",
    "netskope": "Netskope",
    "certadmin.netskope.com": "Netskope",
    "blue coat": "Blue Coat",
    "proxysg": "Blue Coat",
    "barracuda": "Barracuda",
    "untangle": "Untangle",
    "smoothwall": "Smoothwall",
    "securly": "Securly",
    "lightspeed": "Lightspeed",
    "goguardian": "GoGuardian",
    "iboss": "iboss",
    "gateway ca - cloudflare managed": "Cloudflare Gateway",
}
_ATTRIBUTE = re.compile(r"(?:^|(?<!\\)[,+])(CN|O)=((?:\\.|[^,+\\])*)")


def interceptor(chain: tuple[Certificate, ...]) -> str | None:
    """Return who made a certificate on the way, by the name of its issuer; None for any other issuer."""
    if not chain or not chain[0].issuer:
        return None
    leaf = chain[0]
    for name in _names(leaf.issuer):
        for known in (_LEAKED, _ON_THE_MACHINE, _IN_THE_NETWORK):
            for beginning, who in known.items():
                if name == beginning or name.startswith(beginning):
                    return who
        if name == _LOCALHOST and leaf.subject != leaf.issuer:
            return "webpack-dev-server"
    return None


def is_on_the_machine(who: str) -> bool:
    """Tell whether that is a program on the user's own machine rather than something in the network."""
    return who in _ON_THE_MACHINE.values()


def _names(issuer: str) -> Iterator[str]:
    """Go through common name and organization of a distinguished name (RFC 4514), as they are meant."""
    for _, value in _ATTRIBUTE.findall(issuer):
        yield re.sub(r"\\(.)", r"\1", value).strip().lower()
