"""Every fault of the lab is on the wire what the registry says it is."""

import asyncio
import errno
import ssl

import dns.rcode
import pytest

from probe.lab import FAULTS, Fault, Lab, running
from tests.lab_client import KEY, Answer, datagrams, get, small

PATHS = {"hk-vps": "/healthz", "vercel": "/", "direct": "/v1/models", "static": "/"}

# What an independent client makes of it, by act; the acts of one hop only have a path of their own.
SEEN = {
    "dns-nxdomain": "NXDOMAIN",
    "dns-servfail": "SERVFAIL",
    "dns-silence": "no answer",
    "dns-forged": "2 different answers",
    "refused": "refused",
    "blackhole": "no connect",
    "hang": "no handshake",
    "reset": "reset",
    "not-tls": "WRONG_VERSION_NUMBER",
    "cert-expired": "verify 10",
    "cert-wrong-name": "verify 62",
    "slow": "200 late",
    "truncated": "200 cut",
    "upstream-refused": "502 nginx",
    "upstream-timeout": "504 nginx",
    "function-timeout": "504 FUNCTION_INVOCATION_TIMEOUT",
    "function-crash": "500 FUNCTION_INVOCATION_FAILED",
    "429-requests": "429 request_quota_exceeded",
    "429-tokens": "429 token_quota_exceeded",
    "429-queue": "429 queue_exceeded",
    "401": "401 wrong_api_key",
    "500": "500 internal_server_error",
}
DEEP_PATHS = {
    "upstream-refused": "/",
    "upstream-timeout": "/",
    "function-timeout": "/api/ping",
    "function-crash": "/api/ping",
}


@pytest.mark.parametrize("act", sorted({fault.act for fault in FAULTS.values()}))
async def test_a_fault_is_seen_as_what_it_is_and_is_over_when_mended(act: str) -> None:
    faults = [fault for fault in FAULTS.values() if fault.act == act]
    async with running(small()) as lab:
        for fault in faults:
            lab.break_(fault.id)
        broken = await _see_all(lab, faults)
        lab.mend()
        mended = await _see_all(lab, faults)

    assert {fault.id: SEEN[act] for fault in faults} == broken
    assert {fault.id: "200" for fault in faults} == mended


def test_no_expectation_outlives_its_fault() -> None:
    assert SEEN.keys() == {fault.act for fault in FAULTS.values()}


async def _see_all(lab: Lab, faults: list[Fault]) -> dict[str, str]:
    async with asyncio.TaskGroup() as group:
        seen = {fault.id: group.create_task(_see(lab, fault)) for fault in faults}
    return {fault_id: task.result() for fault_id, task in seen.items()}


async def _see(lab: Lab, fault: Fault) -> str:
    if fault.level == "dns":
        answers = await datagrams(lab, lab.layout.name(fault.hop), "wifi", 0.1)
        if seen := _named(answers):
            return seen
    path = DEEP_PATHS.get(fault.act, PATHS[fault.hop])
    return await _named_exchange(get(lab, fault.hop, path, vantage="wifi", headers=KEY))


def _named(answers) -> str | None:
    codes = {answer.rcode() for answer in answers}
    if codes != {dns.rcode.NOERROR}:
        return " ".join(dns.rcode.to_text(code) for code in codes) or "no answer"
    different = {answer.answer[0].to_text() for answer in answers}
    return f"{len(different)} different answers" if len(different) > 1 else None


async def _named_exchange(exchange) -> str:
    try:
        return _named_answer(await exchange)
    except ssl.SSLCertVerificationError as error:
        return f"verify {error.verify_code}"
    except ssl.SSLError as error:
        return str(error.reason)
    except TimeoutError as error:
        return f"no {error}"
    except OSError as error:
        return {errno.ECONNREFUSED: "refused", errno.ECONNRESET: "reset"}.get(error.errno or 0, repr(error))


def _named_answer(answer: Answer) -> str:
    if not answer.is_whole:
        return f"{answer.status} cut"
    if answer.first_byte_seconds > 0.49:
        late = f"{answer.status} late"
        return late if answer.status == 200 else _author(answer)
    return "200" if answer.status == 200 else _author(answer)


def _author(answer: Answer) -> str:
    if b"<center>nginx</center>" in answer.body:
        return f"{answer.status} nginx"
    return f"{answer.status} {answer.headers.get('x-vercel-error') or answer.json()['code']}"
