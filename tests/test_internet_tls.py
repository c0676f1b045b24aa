"""What a host shows in a handshake is what the rule says, as OpenSSL reads it; and clocks can be set apart."""

import email.utils
import ssl
import time
from collections.abc import Mapping

import pytest

from tests.internet.leaf import FLAVOURS
from tests.internet.net import Internet
from tests.internet_witness import UNTRUSTED, Witness
from tests.need import need_namespaces, need_program

# Verify codes of OpenSSL (x509_vfy.h), or the reason of its own refusal; what is not here is good.
EXPECTED: Mapping[str, int | str] = {
    "expired": 10,
    "not_yet_valid": 9,
    "wrong_name": 62,
    "no_names": 62,
    "self_signed": 18,
    "no_intermediate": 20,
    "interceptor": 19,
    "weak_key": 66,
    "too_many_names": "EXCESSIVE_MESSAGE_SIZE",
}


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


def handshake(net, name="static.lab.test", host="static"):
    """Return the verify code of a handshake, or OpenSSL's reason, or the protocol and cipher that came of it."""
    context = ssl.create_default_context(cafile=str(net.ca_file))
    with net.socket("v-wifi") as plain:
        plain.settimeout(5)
        plain.connect((net.address(host), 443))
        try:
            with context.wrap_socket(plain, server_hostname=name) as secure:
                return secure.version(), (secure.cipher() or ("",))[0]
        except ssl.SSLCertVerificationError as error:
            return error.verify_code
        except ssl.SSLError as error:
            return error.reason


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_flavour_is_what_it_says(net, flavour):
    with net.under({"kind": "door", "host": "static", "act": "certificate", "certificate": flavour}):
        found = handshake(net)

    assert (found if flavour in EXPECTED else found[0]) == EXPECTED.get(flavour, "TLSv1.3")


def test_a_certificate_can_be_for_other_names(net):
    fault = {"kind": "door", "host": "abroad", "act": "certificate", "names": ["static.lab.test"]}
    with net.under(fault):
        found = handshake(net, host="abroad"), handshake(net, "abroad.lab.test", "abroad")

    assert (found[0][0], found[1]) == ("TLSv1.3", 62)


def test_a_weak_group_is_refused_by_the_client(net):
    fault = {"certificate": "rsa2048", "newest": "1.2", "has_weak_group": True}
    with net.under({"kind": "door", "host": "static", "act": "certificate", **fault}):
        assert handshake(net) == "DH_KEY_TOO_SMALL"


def test_ciphers_can_be_chosen(net):
    fault = {"newest": "1.2", "ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256"}
    with net.under({"kind": "door", "host": "static", "act": "certificate", **fault}):
        assert handshake(net) == ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")


def test_a_door_with_another_certificate_leaves_the_plain_port_alone(net):
    need_program("curl")
    with net.under({"kind": "door", "host": "static", "act": "certificate", "certificate": "expired"}):
        assert Witness(net, "v-wifi").get("http://page.lab.test/whoami").verdict == 200


def test_clocks_that_are_ahead_show_in_dates_and_certificates(net):
    need_program("curl")
    year = 31_536_000
    with net.under({"kind": "clock", "ahead_s": year}):
        found = [handshake(net), handshake(net, "dns.lab.test", "pubdns")]
        head = net.run("v-wifi", "curl", "-4", "-sI", "http://cn.lab.test/").stdout
    date = next(line for line in head.splitlines() if line.lower().startswith("date:"))
    ahead = email.utils.parsedate_to_datetime(date.partition(":")[2].strip()).timestamp() - time.time()

    assert (found, round(ahead / year, 3)) == ([9, 9], 1.0)
    assert handshake(net)[0] == "TLSv1.3"


def test_a_portal_can_show_a_certificate_of_its_own(net):
    need_program("curl")
    wifi, mobile = Witness(net, "v-wifi"), Witness(net, "v-mobile")
    with net.under({"kind": "portal", "node": "r-wifi", "with_tls": True}):
        found = [wifi.get(url).verdict for url in ("http://page.lab.test/", "https://page.lab.test/")]
        other = mobile.get("https://page.lab.test/").verdict

    assert (found, other) == ([302, UNTRUSTED], 200)
