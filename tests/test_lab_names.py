"""The lab's DNS answers each vantage with its own addresses, and as a well-behaved server does."""

import asyncio

import dns.asyncquery
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.lab import VANTAGES, Layout, running
from probe.lab.switch import Switch
from probe.lab.zone import Zone
from tests.lab_client import PATIENCE_SECONDS, addresses, ask, datagrams, small


async def test_each_vantage_is_told_its_own_address() -> None:
    async with running(small()) as lab:
        told = {vantage: await addresses(lab, "direct", vantage) for vantage in (None, *VANTAGES)}

        network = lab.layout.network
        assert {
            None: [f"{network}.13.10"],
            "wifi": [f"{network}.13.11"],
            "mobile": [f"{network}.13.12"],
            "wired": [f"{network}.13.13"],
        } == told


async def test_an_address_is_given_with_authority_for_five_seconds() -> None:
    async with running(small()) as lab:
        answer = await ask(lab, "HK-VPS.lab.test")

    assert (
        answer.rcode(),
        bool(answer.flags & dns.flags.AA),
        answer.answer[0].ttl,
    ) == (dns.rcode.NOERROR, True, 5)


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        ("vercel.lab.test", "AAAA", dns.rcode.NOERROR),
        ("vercel.lab.test", "HTTPS", dns.rcode.NOERROR),
        ("lab.test", "A", dns.rcode.NOERROR),
        ("nobody.lab.test", "A", dns.rcode.NXDOMAIN),
        ("vercel.lab.test.lab.test", "A", dns.rcode.NXDOMAIN),
    ],
)
async def test_what_is_not_there_is_denied_with_the_soa(name: str, kind: str, rcode: dns.rcode.Rcode) -> None:
    async with running(small()) as lab:
        answer = await ask(lab, name, kind)

    soa = ["lab.test. 5 IN SOA ns.lab.test. hostmaster.lab.test. 1 3600 600 86400 5"]
    assert (rcode, [], soa) == (
        answer.rcode(),
        answer.answer,
        [found.to_text() for found in answer.authority],
    )


@pytest.mark.parametrize("name", ["example.com", ".", "xlab.test"])
async def test_what_is_outside_the_zone_is_refused(name: str) -> None:
    async with running(small()) as lab:
        answer = await ask(lab, name)

    assert (answer.rcode(), answer.answer) == (dns.rcode.REFUSED, [])


async def test_the_same_is_answered_by_tcp() -> None:
    async with running(small()) as lab:
        layout = lab.layout
        answer = await dns.asyncquery.tcp(
            dns.message.make_query("static.lab.test", "A"),
            layout.dns_address,
            port=layout.dns_port,
            source=layout.sources["wired"],
            timeout=PATIENCE_SECONDS,
        )

        assert f"static.lab.test. 5 IN A {layout.address('static', 'wired')}" == answer.answer[0].to_text()


async def test_a_forged_answer_comes_first_with_the_right_id_and_the_true_one_after_it() -> None:
    async with running(small()) as lab:
        lab.break_("static.dns-forged", vantage="wifi")
        answers = await datagrams(lab, "static.lab.test", "wifi", 0.3)

        told = [answer.answer[0][0].to_text() for answer in answers]
        assert [lab.layout.forged_address, lab.layout.address("static", "wifi")] == told
        assert len({answer.id for answer in answers}) == 1


async def test_tcp_tells_the_truth_where_udp_is_raced() -> None:
    async with running(small()) as lab:
        lab.break_("static.dns-forged")
        layout = lab.layout
        query = dns.message.make_query("static.lab.test", "A")
        answer = await dns.asyncquery.tcp(
            query, layout.dns_address, port=layout.dns_port, timeout=PATIENCE_SECONDS
        )

        assert layout.address("static") == answer.answer[0][0].to_text()


async def test_a_silenced_name_is_silent_by_tcp_too_until_it_is_mended() -> None:
    async with running(small()) as lab:
        lab.break_("static.dns-silence")
        query = dns.message.make_query("static.lab.test", "A").to_wire()
        reader, writer = await asyncio.open_connection(lab.layout.dns_address, lab.layout.dns_port)
        writer.write(len(query).to_bytes(2, "big") + query)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.read(1)
        other = await addresses(lab, "vercel")
        lab.mend()

        assert (b"", [lab.layout.address("vercel")]) == (await reader.read(1), other)
        writer.close()
        await writer.wait_closed()


async def test_a_query_that_is_cut_off_ends_its_connection() -> None:
    async with running(small()) as lab:
        reader, writer = await asyncio.open_connection(lab.layout.dns_address, lab.layout.dns_port)
        writer.write(b"\x00\x40half")
        writer.write_eof()

        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


@given(st.binary(max_size=64))
def test_whatever_comes_is_answered_in_kind_or_not_at_all(wire: bytes) -> None:
    answer = Zone(layout=Layout(), switch=Switch()).answer(wire, "127.0.2.1")

    assert answer is None or dns.message.from_wire(answer.wire).flags & dns.flags.QR


@pytest.mark.parametrize(
    ("change", "rcode"),
    [
        (lambda query: query.set_opcode(dns.opcode.NOTIFY), dns.rcode.NOTIMP),
        (lambda query: query.question.clear(), dns.rcode.FORMERR),
    ],
)
def test_a_query_of_another_kind_is_refused_as_such(change, rcode) -> None:
    query = dns.message.make_query("static.lab.test", "A")
    change(query)
    answer = Zone(layout=Layout(), switch=Switch()).answer(query.to_wire(), "127.0.2.1")

    assert answer is not None
    assert rcode == dns.message.from_wire(answer.wire).rcode()


def test_an_answer_is_not_answered() -> None:
    answer = dns.message.make_response(dns.message.make_query("static.lab.test", "A"))

    assert None is Zone(layout=Layout(), switch=Switch()).answer(answer.to_wire(), "127.0.2.1")
