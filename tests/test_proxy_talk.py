"""What is said to a proxy, byte by byte; this holds python-socks' core in place, which is not public."""

import pytest

from probe.cause.failed import ProbeFailed
from probe.steps.request import USER_AGENT
from probe.steps.socks5 import Socks5
from probe.steps.tunnel import Tunnel

LOGIN = ("me", "open-sesame")
GRANTED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90"
PLACES = [
    ("vps.example.net", b"\x03\x0fvps.example.net"),
    ("203.0.113.9", b"\x01\xcb\x00\x71\x09"),
    ("2001:db8::9", b"\x04\x20\x01\x0d\xb8" + bytes(11) + b"\x09"),
    ("_dmarc.example.net.", b"\x03\x13_dmarc.example.net."),
    (f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 61}", None),
]


def said(talk, *replies):
    """Run a talk against replies; return each step with its message."""
    steps, found = talk.steps(), []
    ask = next(steps)
    for reply in replies:
        found.append((ask.step, ask.message))
        try:
            ask = steps.send(reply)
        except StopIteration:
            return found
    return [*found, (ask.step, ask.message)]


@pytest.mark.parametrize(("host", "expected"), PLACES)
def test_a_place_is_asked_for_in_its_own_form(host, expected):
    address = expected or b"\x03" + bytes([len(host)]) + host.encode()

    assert said(Socks5(host, 443, None), b"\x05\x00", GRANTED) == [
        ("greeting", b"\x05\x01\x00"),
        ("request", b"\x05\x01\x00" + address + b"\x01\xbb"),
    ]


def test_the_login_is_sent_only_when_the_proxy_wants_it():
    request = ("request", b"\x05\x01\x00\x01\xcb\x00\x71\x09\x01\xbb")
    greeting = ("greeting", b"\x05\x02\x00\x02")

    assert said(Socks5("203.0.113.9", 443, LOGIN), b"\x05\x00", GRANTED) == [greeting, request]
    assert said(Socks5("203.0.113.9", 443, LOGIN), b"\x05\x02", b"\x01\x00", GRANTED) == [
        greeting,
        ("auth", b"\x01\x02me\x0bopen-sesame"),
        request,
    ]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ((b"\x05\x02",), "wants a user name and a password"),
        ((b"\x05\x01",), "wants a login by GSSAPI"),
        ((b"\x05\xff",), "accepts no login that was offered"),
        ((b"\x04\x00",), "does not speak SOCKS5: its greeting is 04 00"),
        ((b"\x05\x07",), "does not speak SOCKS5: its greeting is 05 07"),
        ((b"\x05\x00", b"\x05\x00\x01\x01\x00"), "does not speak SOCKS5: its reply is 05 00 01 01 00"),
        ((b"\x05\x00", b"\x05\x00\x00\x02\x00"), "does not speak SOCKS5: its reply is 05 00 00 02 00"),
        (
            (b"\x05\x00", b"\x05\x00\x00\x03\x01\xff\x00\x00"),
            "does not speak SOCKS5: its reply is 05 00 00 03 01 ff 00 00",
        ),
        ((b"\x05\x00", b"\x05\x05"), "says: connection refused"),
    ],
)
def test_what_a_socks5_proxy_refuses_is_put_into_words(replies, expected):
    with pytest.raises(ProbeFailed) as failed:
        said(Socks5("vps.example.net", 443, None), *replies)

    assert failed.value.detail == expected


@pytest.mark.parametrize(
    ("host", "place"), [("vps.example.net", "vps.example.net:443"), ("2001:db8::9", "[2001:db8::9]:443")]
)
def test_connect_names_the_place_and_us(host, place):
    head = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nUser-Agent: {USER_AGENT}\r\n"

    assert said(Tunnel(host, 443, None)) == [("request", f"{head}\r\n".encode())]
    assert said(Tunnel(host, 443, LOGIN)) == [
        ("request", f"{head}Proxy-Authorization: Basic bWU6b3Blbi1zZXNhbWU=\r\n\r\n".encode())
    ]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 Connection established\r\n\r\n",
        b"HTTP/1.0 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nProxy-Agent: x\r\n\r\n",
        b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\nHTTP/1.1 204 Fine\r\nA: b\r\n\r\n",
    ],
)
def test_never_a_byte_behind_the_head_is_asked_for(head):
    ask = next(Tunnel("vps.example.net", 443, None).steps())
    read = b""
    while missing := ask.missing(read):
        assert len(read) + missing <= len(head)
        read = head[: len(read) + missing]

    assert read == head
