"""What may be asked to look into a failure, beside the hops themselves: only what the configuration names. Plain frozen data."""

from dataclasses import dataclass
from typing import Literal

from probe.model.chain import Hop


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A neutral place to compare with, on this side of the border or beyond it; `hop` is how it is reached."""

    hop: Hop
    path: str
    where: Literal["domestic", "abroad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Whom controls may ask; each is empty where the configuration names none.

    `resolvers` are trusted to tell the truth about a name, each in its one spelling; at a dead resolver's address nobody
    answers questions; a neutral server name is one that no filter looks for; bogons are networks nobody is reached in.
    """

    anchors: tuple[Anchor, ...] = ()
    resolvers: tuple[str, ...] = ()
    dead_resolvers: tuple[str, ...] = ()
    server_names: tuple[str, ...] = ()
    bogons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The first router on a vantage's way out; it `is_silent` when the kernel asks for it on the link and hears nothing."""

    address: str
    is_silent: bool = False
