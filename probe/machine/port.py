"""Tell a proxy by what listens, and by the environment variables that send programs to it."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

from probe.machine.environment import Named
from probe.machine.known import PORTS, Usual, is_proxy_program
from probe.machine.listener import Listener, is_here
from probe.machine.proxy import LocalProxy, Sign


def from_listeners(listening: Iterable[Listener]) -> Iterator[LocalProxy]:
    """Yield the usual ports of proxies that somebody listens on, and the other ports of programs that are proxies."""
    by_port: dict[int, Listener] = {}
    for one in listening:
        by_port.setdefault(one.port, one)  # 0.0.0.0 and 127.0.0.1 sort before their IPv6 twins
    unusual: dict[str, list[Listener]] = {}
    for port, one in by_port.items():
        if usual := PORTS.get(port):
            yield _usual(one, usual)
        elif one.program and is_proxy_program(one.program):
            unusual.setdefault(one.program, []).append(one)
    for program, several in unusual.items():
        where = " and ".join(_reached(one) for one in several)
        yield LocalProxy(
            sign=Sign.PORT,
            name=where,
            sentence=f"{program}, a proxy program, listens on {where}; what it takes there is not known.",
            evidence=tuple(map(_held, several)),
        )


def _usual(one: Listener, usual: Usual) -> LocalProxy:
    where = _reached(one)
    if one.program and is_proxy_program(one.program):
        sentence = f"{one.program} listens on {where}, where it usually takes {usual.takes}."
    else:
        who = one.program or "Something"
        sentence = f"{who} listens on {where}, usually the port of {usual.whose} for {usual.takes}; it was not asked what it is."
    return LocalProxy(
        sign=Sign.PORT,
        name=where,
        sentence=sentence,
        evidence=(_held(one),),
        url=f"{usual.scheme}://{where}" if usual.scheme else None,
    )


def _held(one: Listener) -> str:
    return f"{one.program or 'a program of somebody else'} listens on {one.address}, port {one.port}"


def _reached(one: Listener) -> str:
    """Return address and port by which this machine reaches a listener."""
    address = "127.0.0.1" if ipaddress.ip_address(one.address).is_unspecified else one.address
    return f"[{address}]:{one.port}" if ":" in address else f"{address}:{one.port}"


def from_environment(
    named: Iterable[Named], listening: Sequence[Listener], left_out: str
) -> Iterator[LocalProxy]:
    """Yield the proxies that variables name, and say when one on this machine is dead; `left_out` is what no_proxy says."""
    for one in named:
        variables = " and ".join(one.variables)
        evidence = [f"{variables} is set" if len(one.variables) == 1 else f"{variables} are set"]
        evidence += [f"no_proxy leaves out {left_out}"] if left_out else []
        is_dead = is_here(one.host) and one.port not in {each.port for each in listening}
        evidence += [f"nothing listens on port {one.port} of this machine"] if is_dead else []
        yield LocalProxy(
            sign=Sign.ENVIRONMENT,
            name=one.url or variables,
            sentence=_sentence(one, variables, is_dead=is_dead),
            evidence=tuple(evidence),
            url=one.url,
            needs_password=one.has_password,
            is_dead=is_dead,
        )


def _sentence(one: Named, variables: str, *, is_dead: bool) -> str:
    verbs = ("is", "sends") if len(one.variables) == 1 else ("are", "send")
    if one.url is None:
        return f"{variables} {verbs[0]} set to something that is no proxy's address."
    dead = ", where nothing listens" if is_dead else ""
    return (
        f"{variables} {verbs[1]} this user's programs to the proxy {one.url}{dead}; hopwatch does not follow."
    )
