"""What ordinary programs inside the test internet see: curl, ping and traceroute, which know nothing of ours."""

import itertools
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.internet.net import Internet

_FORMAT = r"%{http_code} %{exitcode} %{remote_ip} %{time_total} %{redirect_url}|%{errormsg}"

# curl's exit codes (libcurl-errors).
NO_SUCH_NAME, NO_CONNECTION, PARTIAL, TIMED_OUT, HANDSHAKE, RESET, UNTRUSTED = 6, 7, 18, 28, 35, 56, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How one request ended."""

    status: int
    exit: int
    address: str
    seconds: float
    redirect: str

    @property
    def verdict(self) -> int:
        """The status if there was one and all was well, else curl's exit code."""
        return self.exit or self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """How a series of echo requests went: answers by sequence number in the order of arrival, and milliseconds."""

    sent: int
    numbers: Sequence[int]
    milliseconds: Sequence[float]

    @property
    def lost(self) -> float:
        """The share that was not answered."""
        return 1 - len(set(self.numbers)) / self.sent

    @property
    def quartiles(self) -> list[float]:
        """The three that split the round trips; a busy machine moves them less than the mean."""
        return statistics.quantiles(self.milliseconds)

    @property
    def overtaken(self) -> int:
        """How many came before one that was sent earlier."""
        return sum(later < earlier for earlier, later in itertools.pairwise(self.numbers))


class Witness:
    """Somebody at a vantage who runs ordinary programs."""

    def __init__(self, net: Internet, vantage: str) -> None:
        self._net = net
        self._vantage = vantage

    def get(self, url: str, *options: str, seconds: float = 4.0, family: int = 4) -> Seen:
        """Ask by curl, by one family: a fault of the one must not be walked around by the other."""
        done = self._net.run(
            self._vantage, "curl", f"-{family}", "-sS", "-o", "/dev/null", "-m", str(seconds),
            "--cacert", str(self._net.ca_file), "-w", _FORMAT, *options, url,
        )  # fmt: skip
        words = done.stdout.partition("|")[0].split(" ")
        return Seen(
            status=int(words[0]),
            exit=int(words[1]),
            address=words[2],
            seconds=float(words[3]),
            redirect=words[4],
        )

    def read(self, url: str, *options: str, seconds: float = 2.0) -> str:
        """Return what curl prints as an ordinary user, or nothing."""
        done = self._net.run(
            self._vantage, "curl", "-4", "-s", "-m", str(seconds), *options, url, as_nobody=True
        )
        return done.stdout

    def ping(self, address: str, count: int = 20, every: float = 0.005, *options: str) -> Pinged:
        done = self._net.run(
            self._vantage, "ping", "-n", "-c", str(count), "-i", str(every), "-W", "0.3", *options, address
        )
        found = re.findall(r"icmp_seq=(\d+) .*time=([\d.]+) ms", done.stdout)
        return Pinged(
            sent=count,
            numbers=[int(number) for number, _ in found],
            milliseconds=[float(time) for _, time in found],
        )

    def trace(self, address: str, *options: str) -> list[str]:
        """Return the addresses on the way, by traceroute."""
        done = self._net.run(self._vantage, "traceroute", "-n", "-q1", "-w1", *options, address)
        return re.findall(r"^\s*\d+\s+([\da-f.:]+)\s", done.stdout, re.MULTILINE)
