"""TLS in front of the surface: certificates of both sides, versions, and handshakes that never end."""

import asyncio
import ssl
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest
import trustme

from probe.web import Limits
from tests.rig_access import USERS, Certificates, access, write
from tests.web_server import Served, served

TLS = "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n"
MUTUAL = f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"


@pytest.fixture
def certificates(tmp_path) -> Certificates:
    return Certificates(tmp_path)


async def _status(text: str, certificates: Certificates, trust: ssl.SSLContext) -> int | str:
    async with served(access=access(certificates.folder, text), trust=trust) as web:
        try:
            return (await web.get("metrics"))[0]
        except aiohttp.ClientError:
            return "refused"


async def test_the_page_is_at_an_https_address(certificates):
    async with served(access=access(certificates.folder, TLS), trust=certificates.client()) as web:
        assert web.url.startswith("https://127.0.0.1:")
        assert (await web.get(""))[0] == 200


async def test_plain_http_is_no_answer_on_a_tls_port(certificates):
    async with served(access=access(certificates.folder, TLS), trust=certificates.client()) as web:
        with pytest.raises(aiohttp.ClientError):
            await _plain(web)


async def _plain(web: Served) -> None:
    async with aiohttp.ClientSession() as client, client.get(web.url.replace("https:", "http:")):
        pass


@pytest.mark.parametrize(
    ("text", "least", "most", "expected"),
    [
        (TLS, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, 200),
        (TLS, ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3, 200),
        (f"{TLS}  min_version: TLS13\n", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, "refused"),
        (f"{TLS}  max_version: TLS12\n", ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3, "refused"),
        (f"{TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, "refused"),
    ],
)  # fmt: skip
async def test_versions_of_tls_are_bounded_as_asked(text, least, most, expected, certificates):
    trust = certificates.client()
    trust.minimum_version, trust.maximum_version = least, most

    assert await _status(text, certificates, trust) == expected


async def test_ciphers_are_chosen_as_asked(certificates):
    text = f"{TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n"
    trust = certificates.client()
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    other = certificates.client()
    other.maximum_version = ssl.TLSVersion.TLSv1_2
    other.set_ciphers("ECDHE+AES128")

    assert (await _status(text, certificates, trust), await _status(text, certificates, other)) == (
        200,
        "refused",
    )


@pytest.mark.parametrize(
    ("name", "expected"), [("X25519", "refused"), ("CurveP256", 200), ("CurveP384", "refused")]
)
async def test_the_curve_is_the_one_asked_for(name, expected, certificates):
    trust = certificates.client()
    trust.set_ecdh_curve("prime256v1")

    assert await _status(f"{TLS}  curve_preferences: [{name}]\n", certificates, trust) == expected


async def test_an_inline_certificate_is_as_good_as_a_file(certificates):
    def block(name: str) -> str:
        return "".join(f"    {line}\n" for line in (certificates.folder / name).read_text().splitlines())

    text = f"tls_server_config:\n  cert: |\n{block('cert.pem')}  key: |\n{block('key.pem')}"

    assert await _status(text, certificates, certificates.client()) == 200


async def test_only_certificates_of_the_named_authority_are_let_in(certificates):
    trusts = {
        "ours": certificates.client("reader.example"),
        "none": certificates.client(),
        "a stranger's": certificates.client("reader.example", by=trustme.CA()),
    }

    told = {what: await _status(MUTUAL, certificates, trust) for what, trust in trusts.items()}

    assert told == {"ours": 200, "none": "refused", "a stranger's": "refused"}


async def test_a_certificate_that_may_be_left_out_is_verified_when_it_is_given(certificates):
    text = f"{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\n"
    trusts = (certificates.client(), certificates.client("a.example", by=trustme.CA()))

    assert [await _status(text, certificates, one) for one in trusts] == [200, "refused"]


async def test_of_these_only_the_allowed_names_are_let_in(certificates):
    text = f"{MUTUAL}  client_allowed_sans: [reader.example, 192.0.2.7, me@a.example]\n"
    names = ("reader.example", "192.0.2.7", "me@a.example", "other.example", "sub.reader.example")

    told = [await _status(text, certificates, certificates.client(name)) for name in names]

    assert told == [200, 200, 200, 403, 403]


async def test_certificate_and_password_are_both_required_where_both_are_asked(certificates):
    trust = certificates.client("reader.example")

    assert await _status(MUTUAL + USERS, certificates, trust) == 401


async def test_a_new_certificate_is_shown_to_the_next_connection(certificates):
    rules = access(certificates.folder, TLS)
    async with served(access=rules, trust=certificates.client()) as web:
        first = await _shown(web, certificates)
        certificates.issue("localhost", "127.0.0.1", "renewed.example")
        second = await _shown(web, certificates)

    assert (("DNS", "renewed.example") in first, ("DNS", "renewed.example") in second) == (False, True)


async def _shown(web: Served, certificates: Certificates) -> tuple[tuple[str, str], ...]:
    port = int(web.url.rstrip("/").rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=certificates.client())
    found: tuple[tuple[str, str], ...] = writer.get_extra_info("peercert")["subjectAltName"]
    writer.close()
    return found


async def test_another_authority_shuts_out_those_of_the_one_before(certificates):
    trust = certificates.client("reader.example")
    async with served(access=access(certificates.folder, MUTUAL), trust=trust) as web:
        before = (await web.get("metrics", Connection="close"))[0]
        trustme.CA().cert_pem.write_to_path(str(certificates.folder / "ca.pem"))
        with pytest.raises(aiohttp.ClientError):
            await web.get("metrics")

    assert before == 200


async def test_tls_is_not_switched_off_by_a_changed_file(certificates):
    async with served(access=access(certificates.folder, TLS), trust=certificates.client()) as web:
        write(certificates.folder, USERS)
        told = (await web.get("metrics", Connection="close"))[0]

    assert told == 200


@pytest.mark.alone
async def test_handshakes_that_never_end_hold_nobody_up_and_are_ended(certificates):
    limits = Limits(connections=40, connections_per_address=40, handshake_seconds=0.5)
    async with asyncio.timeout(20), AsyncExitStack() as stack:
        web = await stack.enter_async_context(
            served(access=access(certificates.folder, TLS), trust=certificates.client(), limits=limits)
        )
        port = int(web.url.rstrip("/").rpartition(":")[2])
        stalled = []
        for number in range(100):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            # Some begin a handshake, some say nothing.
            writer.write(b"\x16\x03\x01\x02\x00\x01" if number % 2 else b"")
            stack.callback(writer.close)
            stalled.append(reader)
        began = time.perf_counter()
        status, _ = await web.get("metrics")
        took = time.perf_counter() - began
        ended = [await _end(reader) for reader in stalled]

    assert (status, took < 1.0, set(ended)) == (200, True, {b""})


async def _end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""
