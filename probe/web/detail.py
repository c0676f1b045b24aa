"""Answer with the page of a single observation: what was asked, what came of it, and everything that shows why."""

import json
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from probe.cause.response.rules import TABLE
from probe.codec import Json, to_json
from probe.model import Observation
from probe.plan import Plan
from probe.web.archive import ARCHIVE
from probe.web.board import BOARD
from probe.web.detail_commands import commands
from probe.web.detail_facts import Block, Fact, Room, block, fact, size
from probe.web.detail_labels import LABELS, label
from probe.web.detail_phases import Step, steps
from probe.web.detail_rules import Expectation, expectations
from probe.web.detail_story import Story, others, story, within_seconds
from probe.web.rendering import answer
from probe.web.said import meaning
from probe.web.shell import Command

# Of the 100 kB that a page may have; every row that leads elsewhere takes from the room for evidence.
_EVIDENCE_BYTES, _LEAST_BYTES, _ROW_BYTES, _COMMAND_BYTES = 56_000, 14_000, 800, 8_000
_SAYS: Final = {row.id: row.says for row in TABLE}
# In this order a reader wonders about them.
_PARTS: Final = ("dns", "proxy", "tcp", "tls", "http", "ping", "trace")
_DRAWN: Final = ("timings", "failure", "evidence", "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """All that the page says of an observation."""

    story: Story
    steps: tuple[Step, ...]
    parts: tuple[Block, ...]
    record: Block
    cost: tuple[Fact, ...]
    rules: tuple[Expectation, ...]
    commands: tuple[Command, ...]
    # The sentence of the rule that tells who made the response.
    made_says: str | None
    at_ns: int

    @property
    def seen(self) -> Observation:
        """The observation."""
        return self.story.seen


def detail(plan: Plan, told: Story, at_ns: int) -> Detail:
    """Lay everything out; evidence in the room that there is for it, the record itself first."""
    seen = told.seen
    rows = len(told.unshown) + len(told.beside) + sum(len(one.basis) for one in told.findings)
    room = Room(max(_LEAST_BYTES, _EVIDENCE_BYTES - rows * _ROW_BYTES))
    record = block("Record", seen, room, leave_out=_DRAWN)
    made = seen.evidence.http.made if seen.evidence.http is not None else None
    return Detail(
        story=told,
        steps=steps(seen),
        parts=_parts(seen, room),
        record=record,
        cost=_cost(seen, room),
        rules=expectations(plan, seen),
        # One that is longer is somebody's joke, and cut it would be another one.
        commands=tuple(one for one in commands(plan, seen) if size(str(one)) <= _COMMAND_BYTES),
        made_says=_SAYS.get(made.rule) if made is not None else None,
        at_ns=at_ns,
    )


def _parts(seen: Observation, room: Room) -> tuple[Block, ...]:
    made = []
    for name in _PARTS:
        thing = getattr(seen.evidence, name)
        if name == "dns" and thing:
            part = Block(title=label("Evidence", "dns"))
            for place, query in enumerate(thing):
                if room.left <= 0:
                    part.more = len(thing) - place
                    break
                part.blocks.append(
                    block("Question", query, room, number=place + 1 if len(thing) > 1 else None)
                )
            made.append(part)
        elif thing and room.left > 0:
            made.append(block(LABELS["Evidence"][name], thing, room))
    return tuple(one for one in made if not one.is_empty)


def _cost(seen: Observation, room: Room) -> tuple[Fact, ...]:
    """Add up what was put on the wire, as far as the evidence counts it."""
    evidence = seen.evidence
    tcp = evidence.tcp or (evidence.proxy.tcp if evidence.proxy is not None else None)
    info = None if tcp is None else tcp.info
    questions = len(evidence.dns)
    pings, trace = evidence.ping, evidence.trace
    amounts = {
        ("Payload sent", "sent_bytes"): tcp and tcp.sent_bytes,
        ("Payload received", "received_bytes"): tcp and tcp.received_bytes,
        ("Segments sent", "segments"): info and info.segments_out,
        ("Segments received", "segments"): info and info.segments_in,
        ("Questions to resolvers", "questions"): questions or None,
        ("Echo requests", "pings"): pings and pings.sent,
        ("Packets of the trace", "packets"): trace and trace.packets,
    }
    return tuple(
        fact(title, name, amount, room)
        for (title, name), amount in amounts.items()
        if isinstance(amount, int)
    )


async def observation_page(request: web.Request) -> web.Response:
    """Answer with the page of the observation that the path names."""
    board = request.app[BOARD]
    seen = await _seen(request)
    if seen is None:
        epoch, seq = request.match_info["epoch"], request.match_info["seq"]
        return answer(request, "observation_gone.html", root="../../", status=404, epoch=epoch, seq=seq)
    told = await _told(request, seen)
    shown = detail(board.plan, told, board.clock.wall_ns())
    return answer(request, "observation.html", root="../../", detail=shown)


async def observation_json(request: web.Request) -> web.Response:
    """Answer with one observation, what its cause means, what was found about it, and what was asked because of it."""
    seen = await _seen(request)
    if seen is None:
        where = " or in the store" if request.app[ARCHIVE].is_there else "; the store may have it"
        raise web.HTTPNotFound(text=f"no observation of that identity is in memory{where}")
    told = await _told(request, seen)
    about = next((one.finding for one in told.findings if one.is_own), None)
    content: dict[str, Json] = {
        "observation": to_json(seen),
        "meaning": None if seen.failure is None else meaning(seen.failure.cause),
        "finding": None if about is None else to_json(about),
        "linked": [to_json(one) for one in told.children],
    }
    # ASCII only, so that no reader is steered by what a target sent.
    text = json.dumps({"version": 1, **content}) + "\n"
    return web.Response(text=text, content_type="application/json")


async def _seen(request: web.Request) -> Observation | None:
    """Find the observation, in memory or in the store; identities that none can have are asked of nobody."""
    epoch, seq = request.match_info["epoch"], request.match_info["seq"]
    if not (seq.isascii() and seq.isdigit() and len(seq) < 19) or len(epoch) > 64:
        return None
    found = request.app[BOARD].recent.find(epoch, int(seq))
    return found if found is not None else await request.app[ARCHIVE].find(epoch, int(seq))


async def _told(request: web.Request, seen: Observation) -> Story:
    board = request.app[BOARD]
    plan = board.plan
    kept = await request.app[ARCHIVE].surroundings(seen, others(plan, seen), within_seconds(plan, seen))
    return story(plan, board.recent, seen, kept)
