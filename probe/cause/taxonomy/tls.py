"""Causes of the layer tls: the handshake, the certificate, and who stands between."""

from probe.cause.taxonomy.cause import Element, Entry, lab, read, replayed
from probe.model import Verdict

_WAY = (Element.PATH, Element.EXIT, Element.ISP)
_HOP = (Element.HOST,)

TLS = (
    Entry(
        id="tls",
        meaning="the connection opens, and no trustworthy TLS session comes of it",
        advice="Look at the hop's certificate and TLS settings with `openssl s_client -connect HOST:443 -servername HOST`, "
        "from here and from abroad.",
        elements=(Element.HOST, Element.PATH),
        verdict=Verdict.DOWN,
    ),
    Entry(
        id="tls.reset",
        meaning="the connection was reset during the TLS handshake",
        advice="Try from abroad: if it works there, somebody on the way resets it. Otherwise look at the log of the hop's "
        "web server.",
        nel="tcp.reset",
        ooni=("connection_reset",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.reset.sni",
        meaning="the connection is reset because of the server name in the ClientHello",
        advice="Reach the hop by a name that is not filtered, or by a relay outside. For some minutes after a reset, other "
        "names may be reset as well.",
        elements=_WAY,
        verdict=Verdict.BLOCKED,
        known=replayed("tests/scenarios/ooni/w47-forged-and-reset-by-name.yaml"),
    ),
    Entry(
        id="tls.reset.other",
        meaning="the connection is reset after the ClientHello, whatever the server name",
        advice="Look at the hop's web server and at what balances load before it: it resets handshakes of any name.",
        known=read("ooni/spec ts-024 (the control name fails as well)"),
    ),
    Entry(
        id="tls.closed",
        meaning="the peer closed the connection during the TLS handshake",
        advice="Look at the log of the hop's web server: most often it has no certificate for the name, or speaks no "
        "version that we do.",
        nel="tcp.closed",
        ooni=("eof_error",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.closed.sni",
        meaning="the connection is closed because of the server name in the ClientHello",
        advice="If the hop's own server does it, give it a certificate for the name. If it works from abroad, the name is "
        "filtered on the way: use another one.",
        elements=(Element.PATH, Element.EXIT, Element.HOST),
        verdict=Verdict.BLOCKED,
        known=read("ooni/spec ts-024 (SNI blocking)"),
    ),
    Entry(
        id="tls.closed.other",
        meaning="the connection is closed after the ClientHello, whatever the server name",
        advice="Look at the hop's web server and at what balances load before it: it ends handshakes of any name.",
        known=read("ooni/spec ts-024 (the control name fails as well)"),
    ),
    Entry(
        id="tls.timeout",
        meaning="the TLS handshake got no further",
        advice="Look whether the hop's program hangs while its system still takes connections, and whether large packets "
        "reach it.",
        nel="tcp.timed_out",
        ooni=("generic_timeout_error",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.timeout.sni",
        meaning="a ClientHello with this server name vanishes on the way, and one with another name does not",
        advice="Reach the hop by a name that is not filtered, or by a relay outside. For some minutes after it, other names "
        "may vanish as well.",
        elements=_WAY,
        verdict=Verdict.BLOCKED,
        known=lab(
            "TCP_INFO at expiry: bytes_acked 1, one segment unacked, only with the filtered name; Linux 6.18"
        ),
    ),
    Entry(
        id="tls.timeout.server_hung",
        meaning="the peer takes the ClientHello and never answers, whatever the server name",
        advice="Restart the hop's program or give it room: it hangs, and its system takes connections for it.",
        elements=_HOP,
        known=lab(
            "TCP_INFO at expiry: hello acknowledged, nothing received, with every server name; Linux 6.18"
        ),
    ),
    Entry(
        id="tls.not_tls",
        meaning="what answers on the port does not speak TLS",
        advice="Look at `first_bytes` in the evidence: they show what listens there. Give the port TLS, or the hop's `url` "
        "another port or scheme.",
        elements=_HOP,
        nel="tls.protocol.error",
        ooni=("ssl_failed_handshake",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.local_policy",
        meaning="our own TLS library refused what the peer offered",
        advice="Have the hop offer TLS 1.2 or later with keys of today's length; browsers refuse what it offers as well.",
        elements=_HOP,
        nel="tls.version_or_cipher_mismatch",
        ooni=("ssl_failed_handshake",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.too_large",
        meaning="the peer's handshake is larger than any honest one",
        advice="Look who answers there: no server of yours sends so much. If it is yours, shorten its chain.",
        nel="tls.protocol.error",
        ooni=("ssl_failed_handshake",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.protocol",
        meaning="the peer broke the TLS protocol after the handshake",
        advice="Look whether something between changes the bytes: a proxy, a faulty router, a load balancer that "
        "switches servers within a connection.",
        nel="tls.protocol.error",
        ooni=("ssl_failed_handshake",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.failed",
        meaning="the TLS handshake failed in another way",
        advice="Read the detail: it has the TLS library's own words.",
        nel="tls.failed",
        ooni=("ssl_failed_handshake",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    Entry(
        id="tls.interception",
        meaning="somebody on the way ends the TLS session with a certificate of their own",
        advice="Do not log in to anything from that network. The issuer in the evidence says whose it is: a portal, a "
        "company's filter, security software.",
        elements=(Element.ACCESS, Element.AGENT, Element.ISP),
        verdict=Verdict.BLOCKED,
        nel="tls.cert.authority_invalid",
        ooni=("ssl_unknown_authority", "ssl_invalid_hostname"),
        known=replayed("tests/scenarios/badssl/superfish.yaml"),
    ),
    Entry(
        id="tls.cert",
        meaning="the certificate is not to be trusted",
        advice="Compare the certificate in the evidence with the one that the hop should have; another one from here than "
        "from abroad means interception.",
        elements=_HOP,
        nel="tls.cert.invalid",
        ooni=("ssl_invalid_certificate",),
    ),
    Entry(
        id="tls.cert.expired",
        meaning="the certificate has expired",
        advice="Renew it and reload the web server (`certbot renew`, then `nginx -s reload`); then find out why the renewal "
        "did not run by itself.",
        nel="tls.cert.date_invalid",
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="tls.cert.not_yet_valid",
        meaning="the certificate is not valid yet",
        advice="Set the clock of the machine that issued it, or wait until its time begins; bring back the old one "
        "meanwhile.",
        nel="tls.cert.date_invalid",
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="tls.cert.name_mismatch",
        meaning="the certificate is for another name",
        advice="Add the name to the certificate, or see why another virtual host answers for it (nginx: `server_name` and "
        "`default_server`).",
        nel="tls.cert.name_invalid",
        ooni=("ssl_invalid_hostname",),
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="tls.cert.self_signed",
        meaning="the certificate is self-signed",
        advice="Give the hop a certificate of a public authority; is it meant to be so, name it in the hop's `ca_file`.",
        nel="tls.cert.authority_invalid",
        ooni=("ssl_unknown_authority",),
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="tls.cert.unknown_authority",
        meaning="the chain contains a self-signed root that is not trusted",
        advice="Is the authority your own, name it in the hop's `ca_file`. Otherwise somebody may sit between: compare from "
        "another network.",
        nel="tls.cert.authority_invalid",
        ooni=("ssl_unknown_authority",),
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="tls.cert.incomplete_chain",
        meaning="the issuer is unknown, or an intermediate certificate is missing",
        advice="Have the server send the whole chain (nginx: `ssl_certificate` with fullchain.pem); browsers often hide "
        "that it is missing.",
        nel="tls.cert.authority_invalid",
        ooni=("ssl_unknown_authority",),
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="tls.cert.revoked",
        meaning="the certificate is revoked",
        advice="Get a new certificate with a new key, and find out from the authority why the old one was revoked.",
        nel="tls.cert.revoked",
        known=read("OpenSSL, X509_V_ERR_CERT_REVOKED"),
    ),
    Entry(
        id="tls.cert.weak",
        meaning="the certificate's key or signature is too weak",
        advice="Get a certificate with an RSA key of 2048 bits or more, or an elliptic one, signed with SHA-256.",
        nel="tls.cert.invalid",
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="tls.cert.pin_mismatch",
        meaning="the certificate's key is not the one that it should be",
        advice="If you changed the hop's key, tell those who pinned the old one. If not, somebody else answers in its "
        "place.",
        elements=(Element.HOST, Element.ACCESS, Element.ISP),
        nel="tls.cert.pinned_key_not_in_cert_chain",
        known=read("RFC 7469, 2.6 (comparing keys)"),
    ),
    Entry(
        id="tls.cert.invalid",
        meaning="the certificate was refused for another reason",
        advice="Read the detail: it has the TLS library's own words, and the evidence the whole chain.",
        known=read("OpenSSL, X509_verify_cert_error_string"),
    ),
)
