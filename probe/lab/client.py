"""Ask a running lab's control API, for the command line; blocking, bounded in time and size."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from probe.lab.layout import LabError
from probe.text import clean

_TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 1_048_576


class LabUnreachableError(LabError):
    """No lab answers at the control address."""


def split_address(control: str) -> tuple[str, int]:
    """Take HOST:PORT apart."""
    host, colon, port = control.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise LabError(f"{clean(control, 64)!r} is not HOST:PORT")
    return host, int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A fault that the lab says is broken."""

    id: str
    vantage: str | None
    seconds_left: float | None

    def __str__(self) -> str:
        """Say it in words."""
        until = "" if self.seconds_left is None else f", mends in {self.seconds_left:.0f} s"
        return f"{self.id} for {self.vantage or 'everybody'}{until}"


def break_(control: str, fault_id: str, vantage: str | None, seconds: float | None) -> Damage:
    """Break a fault."""
    asked = {"id": fault_id, "vantage": vantage, "for_seconds": seconds}
    return _damage(_ask(control, "POST", "/faults", asked))


def mend(control: str, fault_id: str | None, vantage: str | None) -> tuple[Damage, ...]:
    """Mend a fault, or all; return what was broken."""
    path = "/faults" if fault_id is None else f"/faults/{quote(fault_id)}"
    scope = "" if vantage is None else f"?vantage={quote(vantage)}"
    return _damages(_ask(control, "DELETE", path + scope).get("mended"))


def broken(control: str) -> tuple[Damage, ...]:
    """Return what is broken."""
    return _damages(_ask(control, "GET", "/faults").get("broken"))


def _ask(control: str, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
    host, port = split_address(control)
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(
            method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"}
        )
        response = connection.getresponse()
        raw = response.read(_MOST_BYTES)
    except (OSError, http.client.HTTPException) as error:
        sentence = f"no lab answers at {control}; start one with `make run` or `hopwatch lab`"
        raise LabUnreachableError(sentence) from error
    finally:
        connection.close()
    return _understood(control, response.status, raw)


def _damages(listed: object) -> tuple[Damage, ...]:
    return tuple(_damage(each) for each in listed) if isinstance(listed, list) else ()


def _damage(given: object) -> Damage:
    match given:
        case {
            "id": str(fault_id),
            "vantage": (str() | None) as vantage,
            "seconds_left": (int() | float() | None) as left,
        }:
            seconds_left = None if left is None else float(left)
            return Damage(
                id=clean(fault_id, 64),
                vantage=None if vantage is None else clean(vantage, 64),
                seconds_left=seconds_left,
            )
        case _:
            raise LabUnreachableError("what answers there is no lab: its JSON has another shape")


def _understood(control: str, status: int, raw: bytes) -> dict[str, object]:
    try:
        answer: object = json.loads(raw)
    except ValueError as error:
        raise LabUnreachableError(f"what answers at {control} is no lab: it does not speak JSON") from error
    if not isinstance(answer, dict):
        raise LabUnreachableError(f"what answers at {control} is no lab: its JSON is no object")
    if status >= 400:
        raise LabError(clean(str(answer.get("error", f"the lab answered {status}"))))
    return answer
