"""Causes below tls.alert: the names that IANA gives to TLS alerts, each with what it says of the hop.

The peer itself names its reason, so there is nothing to infer; somebody on the way could send one as well.
"""

from collections.abc import Mapping

from probe.cause.taxonomy.cause import Element, Entry, read, replayed
from probe.model import Verdict

# RFC 8446, 6; those of older versions from the IANA registry "TLS Alerts". Name: number, what the peer says, what to do.
_ALERTS: Mapping[str, tuple[int, str, str]] = {
    "close_notify": (0, "it closes the connection before the handshake is over", "Look at the hop's log: its server ends handshakes."),
    "unexpected_message": (10, "it got a message out of turn", "Look whether the port speaks another protocol, or something between changes bytes."),
    "bad_record_mac": (20, "a record reached it damaged", "Look for what changes bytes on the way: a proxy, a faulty network card or router."),
    "decryption_failed": (21, "it could not decrypt a record", "Look for what changes bytes on the way, and update the hop's TLS library: the alert is from old versions."),
    "record_overflow": (22, "a record was too long for it", "Look for what changes bytes on the way."),
    "decompression_failure": (30, "it could not decompress a record", "Update the hop's TLS library: the alert is from old versions."),
    "handshake_failure": (40, "it accepts nothing of what we offered", "Have the hop offer cipher suites and curves of today (TLS 1.2 or later); behind a CDN, see that it has a certificate for the name."),
    "no_certificate": (41, "it has no certificate", "Give the hop's server a certificate: the alert is from SSL 3.0."),
    "bad_certificate": (42, "a certificate of ours is corrupt or missing", "See whether the hop demands client certificates; hopwatch sends none."),
    "unsupported_certificate": (43, "it does not take that type of certificate", "See whether the hop demands client certificates; hopwatch sends none."),
    "certificate_revoked": (44, "it holds our certificate to be revoked", "See whether the hop demands client certificates; hopwatch sends none."),
    "certificate_expired": (45, "it holds our certificate to be expired", "See whether the hop demands client certificates, and its clock."),
    "certificate_unknown": (46, "it cannot accept our certificate, for another reason", "See whether the hop demands client certificates; hopwatch sends none."),
    "illegal_parameter": (47, "it found an impossible value in our handshake", "Look for what changes the handshake on the way, and update the hop's TLS library."),
    "unknown_ca": (48, "it does not know the authority of our certificate", "See whether the hop demands client certificates; hopwatch sends none."),
    "access_denied": (49, "its own rules keep us out", "Look at the access rules of the hop's server."),
    "decode_error": (50, "it could not read a message of ours", "Look for what changes the handshake on the way, and update the hop's TLS library."),
    "decrypt_error": (51, "a signature or a proof in the handshake was wrong", "Look for what changes the handshake on the way; see that the hop's certificate and key belong together."),
    "too_many_cids_requested": (52, "it was asked for too many connection ids", "Update the hop's TLS library: this belongs to DTLS, which hopwatch does not speak."),
    "export_restriction": (60, "the strength of keys does not meet an export rule", "Update the hop's TLS library: the alert is from the nineties."),
    "protocol_version": (70, "it speaks none of the TLS versions that we offered", "Have the hop offer TLS 1.2 or 1.3."),
    "insufficient_security": (71, "it wants stronger ciphers than we offered", "Have the hop accept the usual suites of TLS 1.2 and 1.3."),
    "internal_error": (80, "it failed for a reason of its own", "Look at the log of the hop's server: such as a certificate that it cannot read, or no memory."),
    "inappropriate_fallback": (86, "it takes our version for a forced fallback", "See whether something on the way holds back newer versions of TLS."),
    "user_canceled": (90, "somebody there cancelled the handshake", "Look at the log of the hop's server."),
    "no_renegotiation": (100, "it does not negotiate anew", "Update the hop's TLS library."),
    "missing_extension": (109, "it misses an extension in our handshake", "Look for what changes the handshake on the way, and update the hop's TLS library."),
    "unsupported_extension": (110, "it got an extension that it did not ask for", "Look for what changes the handshake on the way, and update the hop's TLS library."),
    "certificate_unobtainable": (111, "it could not fetch a certificate from the address we gave", "Update the hop's TLS library: hopwatch gives no such address."),
    "unrecognized_name": (112, "it does not serve the server name", "Add the name to the server's configuration (nginx: `server_name`, `ssl_reject_handshake`), or correct it in the hop's `url`."),
    "bad_certificate_status_response": (113, "it got a bad proof that a certificate is not revoked", "Mend the OCSP stapling of the hop."),
    "bad_certificate_hash_value": (114, "a certificate does not match its hash", "Update the hop's TLS library."),
    "unknown_psk_identity": (115, "it does not know the pre-shared key", "See why the hop uses pre-shared keys; hopwatch has none."),
    "certificate_required": (116, "it demands a client certificate", "Let the hop's checked paths be reached without one; hopwatch sends none."),
    "general_error": (117, "it failed, and no other alert says why", "Look at the log of the hop's server."),
    "no_application_protocol": (120, "it speaks none of the application protocols that we offered", "Compare the check's `alpn` or `protocol` with what the hop's server speaks."),
    "ech_required": (121, "it demands an encrypted ClientHello", "Let the hop be reached without one; hopwatch sends none."),
}  # fmt: skip

ALERTS = frozenset(_ALERTS)

# W3C Network Error Logging names the pair that cannot agree, and the client's certificate; Chromium adds the name.
_NEL = {
    **dict.fromkeys(
        ("handshake_failure", "protocol_version", "insufficient_security", "inappropriate_fallback"),
        "tls.version_or_cipher_mismatch",
    ),
    **dict.fromkeys(("bad_certificate", "certificate_required"), "tls.bad_client_auth_cert"),
    "unrecognized_name": "tls.unrecognized_name_alert",
}
_OONI = {"unrecognized_name": ("ssl_invalid_hostname",)}
# OpenSSL 3 has no name for these, so that no test of ours has seen them come in.
_UNNAMED = frozenset({"close_notify", "too_many_cids_requested", "general_error", "ech_required"})


def _entry(name: str, number: int, says: str, advice: str) -> Entry:
    return Entry(
        id=f"tls.alert.{name}",
        meaning=f"the peer's alert {number}: {says}",
        advice=advice,
        nel=_NEL.get(name),
        ooni=_OONI.get(name),
        known=read("IANA, TLS Alerts") if name in _UNNAMED else replayed("tests/test_hostile_tls.py"),
    )


TLS_ALERT = (
    Entry(
        id="tls.alert",
        meaning="the peer ended the handshake with a TLS alert",
        advice="The alert's name says why; look at the log of the hop's server at that moment.",
        elements=(Element.HOST,),
        verdict=Verdict.DOWN,
        nel="tls.protocol.error",
        ooni=("ssl_failed_handshake",),
        known=replayed("tests/test_hostile_tls.py"),
    ),
    *(_entry(name, *says) for name, says in _ALERTS.items()),
)
