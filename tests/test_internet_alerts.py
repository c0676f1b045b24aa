"""A server that refuses a handshake says why by the alert that OpenSSL makes, and which names it serves is its own affair."""

import socket
import ssl

import pytest

from tests.internet.ground import FaultError
from tests.internet.injection import read
from tests.internet.net import Internet
from tests.need import need_namespaces

NAME = "static.lab.test"


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built
        assert built.defects() == []


def refusal(net, name: str | None = NAME, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> str:
    """Return what OpenSSL makes of the server's refusal, or the subject of the certificate that it showed."""
    context = ssl.create_default_context(cafile=str(net.ca_file))
    context.check_hostname = False
    context.maximum_version = newest
    with net.socket("v-wifi") as plain:
        plain.settimeout(5)
        plain.connect((net.address("static"), 443))
        try:
            with context.wrap_socket(plain, server_hostname=name) as secure:
                # By TLS 1.3 a client hears of a refused certificate only with the answer.
                secure.sendall(b"GET / HTTP/1.1\r\nHost: static.lab.test\r\nConnection: close\r\n\r\n")
                secure.recv(1)
                return str((secure.getpeercert() or {})["subjectAltName"][0][1])
        except ssl.SSLError as error:
            return str(error.reason)


def door(**more):
    return {"kind": "door", "host": "static", "act": "certificate", **more}


@pytest.mark.parametrize(
    ("fault", "newest", "said"),
    [
        ({"newest": "1.1"}, "TLSv1_3", "TLSV1_ALERT_PROTOCOL_VERSION"),
        ({"newest": "1.2", "ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}, "TLSv1_3", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        ({"needs_certificate": True}, "TLSv1_3", "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        ({"needs_certificate": True}, "TLSv1_2", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
    ],
)  # fmt: skip
def test_a_refused_handshake_ends_with_the_alert_of_openssl(net, fault, newest, said):
    with net.under(door(**fault)):
        assert refusal(net, newest=ssl.TLSVersion[newest]) == said


@pytest.mark.parametrize(
    ("fault", "name", "said"),
    [
        ({"rejects_unknown_names": True}, NAME, "page.lab.test"),
        ({"rejects_unknown_names": True}, "hk.lab.test", "TLSV1_UNRECOGNIZED_NAME"),
        ({"rejects_unknown_names": True}, None, "TLSV1_UNRECOGNIZED_NAME"),
        ({"requires_name": True}, "hk.lab.test", "page.lab.test"),
        ({"requires_name": True}, None, "TLSV1_UNRECOGNIZED_NAME"),
        ({"default_certificate": "wrong_name"}, NAME, "page.lab.test"),
        ({"default_certificate": "wrong_name"}, "hk.lab.test", "another-name.example"),
        ({"default_certificate": "wrong_name"}, None, "another-name.example"),
        ({"names": ["hk.lab.test"], "rejects_unknown_names": True}, "hk.lab.test", "hk.lab.test"),
        ({"names": ["hk.lab.test"], "rejects_unknown_names": True}, NAME, "TLSV1_UNRECOGNIZED_NAME"),
    ],
)
def test_a_server_can_reject_names_or_show_them_another_certificate(net, fault, name, said):
    with net.under(door(**fault)):
        assert refusal(net, name) == said


def test_a_weak_group_chooses_version_and_certificate_itself(net):
    with net.under(door(has_weak_group=True)):
        assert refusal(net) == "DH_KEY_TOO_SMALL"


def test_a_weak_group_with_a_certificate_that_cannot_go_with_it_is_refused():
    with pytest.raises(
        FaultError, match="a weak group needs an RSA certificate: good, weak_key, rsa2048, rsa4096"
    ):
        read(door(has_weak_group=True, certificate="expired"))


def test_a_door_that_was_refused_by_its_guest_stays_open(net):
    with net.under(door(certificate="self_signed")):
        first = refusal(net)

    assert (first, refusal(net)) == ("CERTIFICATE_VERIFY_FAILED", "page.lab.test")


def test_a_guest_who_leaves_in_the_handshake_is_no_defect(net):
    with net.socket("v-wifi") as plain:
        plain.connect((net.address("static"), 443))
        plain.sendall(b"\x16\x03\x01")
        plain.shutdown(socket.SHUT_WR)

    assert refusal(net) == "page.lab.test"
