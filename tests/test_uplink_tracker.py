"""Whatever befalls a vantage's network, however long and with however many signs, is one disturbance."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.abc import Tie
from probe.model import Disturbance
from probe.uplink.footing import look
from probe.uplink.tracker import LAGGING_NS, SETTLED_NS, Back, Blip, Lost, Over, Tracker
from tests.fake_links import Interfaces, laptop

MS = 10**6
SECOND = 10**9
WIFI, MOBILE, SYSTEM = Tie(interface="wlan0"), Tie(interface="wwan0"), Tie()


class Life:
    """A tracker on a machine whose clock goes by hand."""

    def __init__(self, tie: Tie, machine: Interfaces) -> None:
        self.machine, self.tie, self.now, self.tracker = machine, tie, SECOND, Tracker()
        self.signs: list[tuple[int, Lost | Back | Over]] = []
        self.look()

    def look(self, *blips: Blip, after: float = 0) -> None:
        """Look now, and then let time pass, with a look whenever one is due."""
        self._observe(self.now, blips)
        until = self.now + round(after * SECOND)
        while (due := self.tracker.due_ns()) is not None and due <= until:
            self._observe(max(due, self.now), ())
        self.now = until

    def _observe(self, at: int, blips: tuple[Blip, ...]) -> None:
        self.now = at
        footing = look(self.tie, self.machine, also=self.tracker.indices)
        self.signs += [(at, sign) for sign in self.tracker.observe(at, footing, blips)]

    def overs(self) -> list[Over]:
        return [sign for _, sign in self.signs if isinstance(sign, Over)]

    def told(self) -> list[str]:
        return [type(sign).__name__ for _, sign in self.signs]


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.5, 1, 2, 5, 60, 3600])
def test_a_flap_is_one_disturbance_of_its_length(seconds) -> None:
    life = Life(WIFI, laptop())
    life.machine.switch("wlan0", has_carrier=False)
    life.look(after=seconds / 2)
    life.look(after=seconds / 2)
    life.machine.switch("wlan0", has_carrier=True)
    life.look(after=20)

    assert life.told() == ["Lost", "Back", "Over"]
    [over] = life.overs()
    assert over.back_ns is not None
    assert (over.what, over.detail, over.back_ns - over.lost_ns, over.was_down) == (
        Disturbance.LINK, "wlan0 has no link", round(seconds * SECOND), True,
    )  # fmt: skip
    assert over.before.uplink == over.after.uplink


def test_an_uplink_that_comes_back_in_steps_is_back_once_and_when_it_has_settled() -> None:
    life = Life(WIFI, laptop())
    held, routes = life.machine.held["wlan0"], list(life.machine.routes)
    life.machine.remove("wlan0")
    life.look(after=0.02)
    life.machine.add("wlan0", index=9)
    life.look(after=0.3)
    life.machine.held["wlan0"] = [replace(one, index=9) for one in held]
    life.look(after=0.02)
    life.machine.routes = routes
    life.look(after=0.02)
    life.look(after=5)

    assert life.told() == ["Lost", "Back", "Over"]
    (lost_ns, lost), (back_ns, back), _ = life.signs
    assert isinstance(lost, Lost)
    assert isinstance(back, Back)
    assert (lost.what, lost.detail) == (Disturbance.INTERFACE, "wlan0 was removed")
    assert back.since_ns - lost_ns == 340 * MS  # until the route was there
    assert back_ns - back.since_ns == SETTLED_NS


def test_a_flap_that_was_over_before_anybody_looked_is_one_disturbance_too() -> None:
    life = Life(WIFI, laptop())
    life.look(Blip(index=2, what=Disturbance.LINK), Blip(index=2, what=Disturbance.LINK))
    life.look(after=1)
    life.look(Blip(index=2, what=Disturbance.ADDRESS, address="198.18.5.2"), after=1)
    life.look(after=1)

    assert [over.detail for over in life.overs()] == [
        "wlan0 lost its link for a moment",
        "wlan0 lost its address 198.18.5.2 for a moment",
    ]


def test_a_carrier_that_was_lost_between_two_looks_is_counted_by_the_kernel() -> None:
    life = Life(WIFI, laptop())
    life.machine.switch("wlan0", losses=1)
    life.look(after=1)
    life.machine.switch("wlan0", losses=3)
    life.look(after=1)
    life.look(after=1)

    assert [over.what for over in life.overs()] == [Disturbance.LINK, Disturbance.LINK]


@pytest.mark.parametrize(
    "blip",
    [
        Blip(index=3, what=Disturbance.LINK),
        Blip(index=2, what=Disturbance.ADDRESS, address="2001:db8:5::77"),
    ],
)
def test_what_befalls_another_interface_or_an_address_that_is_not_used_is_nothing(blip) -> None:
    life = Life(WIFI, laptop())
    life.look(blip, after=1)
    life.look(after=1)

    assert life.signs == []


def test_flaps_that_are_further_apart_than_settling_takes_are_as_many_disturbances() -> None:
    life = Life(WIFI, laptop())
    for _ in range(10):
        life.machine.switch("wlan0", is_up=False)
        life.look(after=0.1)
        life.machine.switch("wlan0", is_up=True)
        life.look(after=0.1)
    life.look(after=1)

    assert len(life.overs()) == 10


def test_an_address_that_comes_in_addition_and_a_source_that_is_preferred_no_longer_are_no_disturbance() -> (
    None
):
    life = Life(WIFI, laptop())
    held = life.machine.held["wlan0"]
    held.insert(0, replace(held[1], text="2001:db8:5::feed"))
    life.look(after=1)
    held.append(replace(held[1], text="198.18.5.3"))
    life.look(after=1)

    assert life.signs == []
    assert life.tracker.footing is not None
    assert [leg.source for leg in life.tracker.footing.legs] == ["198.18.5.2", "2001:db8:5::feed"]


def test_another_address_is_a_disturbance_that_says_both() -> None:
    life = Life(MOBILE, laptop())
    life.machine.held["wwan0"] = [replace(life.machine.held["wwan0"][0], text="100.64.6.99")]
    life.look()
    life.look(after=20)

    [over] = life.overs()
    assert (over.what, over.detail) == (Disturbance.ADDRESS, "wwan0 lost its address 100.64.6.2")
    assert (over.before.uplink.addresses, over.after.uplink.addresses) == (
        ("100.64.6.2", "2001:db8:6::2"),
        ("100.64.6.99",),
    )


@pytest.mark.parametrize(
    ("tie", "told"), [(WIFI, [(Disturbance.INTERFACE, "wlan0 is called wifi9 now")]), (SYSTEM, [])]
)
def test_an_interface_that_is_renamed_is_gone_for_who_names_it_and_for_nobody_else(tie, told) -> None:
    life = Life(tie, laptop())
    life.machine.rename("wlan0", "wifi9")
    life.look(after=2)
    life.machine.rename("wifi9", "wlan0")
    life.look(after=1)

    assert [(over.what, over.detail) for over in life.overs()] == told


def test_the_default_route_that_moves_disturbs_the_system_and_no_interface() -> None:
    machine = laptop()
    system, wifi = Life(SYSTEM, machine), Life(WIFI, machine)
    machine.routes.reverse()
    for life in (system, wifi):
        life.look()
        life.look(after=1)

    assert wifi.signs == []
    [over] = system.overs()
    assert (over.what, over.detail) == (
        Disturbance.ROUTE,
        "the default route moved from wlan0 to wwan0",
    )


def test_a_family_that_comes_later_belongs_to_the_same_disturbance_and_does_not_delay_the_return() -> None:
    life = Life(WIFI, laptop())
    held = life.machine.held["wlan0"]
    life.machine.held["wlan0"] = []
    life.look(after=1)
    life.machine.held["wlan0"] = held[:1]
    life.look(after=1.9)
    life.machine.held["wlan0"] = held
    life.look(after=1)

    assert life.told() == ["Lost", "Back", "Over"]
    [over] = life.overs()
    assert over.back_ns is not None
    assert over.back_ns - over.lost_ns == SECOND
    assert over.before.uplink == over.after.uplink


def test_a_family_that_does_not_come_back_ends_the_disturbance_all_the_same() -> None:
    life = Life(WIFI, laptop())
    life.machine.held["wlan0"] = life.machine.held["wlan0"][:1]
    life.look()
    life.look(after=20)

    [over] = life.overs()
    assert (over.was_down, over.back_ns) == (False, None)
    assert life.signs[-1][0] - over.lost_ns == LAGGING_NS


def test_a_second_loss_while_a_family_is_still_missing_is_another_disturbance() -> None:
    life = Life(WIFI, laptop())
    held = life.machine.held["wlan0"]
    for there in ([], held[:1], [], held):
        life.machine.held["wlan0"] = there
        life.look(after=0.5)
    life.look(after=1)

    assert [over.was_down for over in life.overs()] == [True, True]


def test_families_that_go_one_after_the_other_are_one_disturbance() -> None:
    life = Life(WIFI, laptop())
    held = life.machine.held["wlan0"]
    for there, after in ((held[1:], 0.3), ([], 0.4), (held, 2)):
        life.machine.held["wlan0"] = there
        life.look(after=after)
    life.look(after=1)

    assert [over.was_down for over in life.overs()] == [True]
    assert {frozenset(sign.families) for _, sign in life.signs if isinstance(sign, Lost)} == {
        frozenset({2}),
        frozenset({10}),
    }


@pytest.mark.parametrize(
    ("tie", "change", "is_up"),
    [
        (WIFI, lambda machine: None, True),
        (WIFI, lambda machine: machine.switch("wlan0", is_up=False), False),
        (WIFI, lambda machine: machine.remove("wlan0"), False),
        (Tie(interface="eth7"), lambda machine: None, False),
        (WIFI, lambda machine: machine.routes.clear(), None),
        (SYSTEM, lambda machine: machine.routes.clear(), False),
    ],
)
def test_whether_a_vantage_is_up_at_the_start(tie, change, is_up) -> None:
    machine = laptop()
    change(machine)

    assert Life(tie, machine).tracker.is_up is is_up


def test_an_interface_that_appears_later_is_back_without_ever_having_been_lost() -> None:
    machine = laptop()
    life = Life(Tie(interface="eth0"), machine)
    machine.add("eth0", "192.0.2.7", gateway="192.0.2.1")
    life.look(after=1)

    assert life.told() == ["Back"]


def test_what_is_not_over_when_the_watch_ends_is_told_as_it_is() -> None:
    life = Life(WIFI, laptop())
    life.machine.remove("wlan0")
    life.look()

    over = life.tracker.ended()
    assert over is not None
    assert (over.back_ns, over.after.uplink.addresses) == (None, ())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["off", "on", "bare", "held", "cut", "routed", "gone", "there", "blip", "wait"]),
        st.sampled_from([0.0, 0.01, 0.1, 1.0, 12.0]),
    ),
    max_size=25,
)


def make(machine: Interfaces, act: str, now: int) -> None:
    """Do one thing to Wi-Fi, if it is there."""
    whole = laptop()
    if act == "there" and "wlan0" not in machine.links:
        machine.add("wlan0", index=now // SECOND)
    if "wlan0" not in machine.links:
        return
    index = machine.links["wlan0"].index
    match act:
        case "gone":
            machine.remove("wlan0")
        case "on" | "off":
            machine.switch("wlan0", is_up=act == "on")
        case "bare" | "held":
            held = whole.held["wlan0"] if act == "held" else []
            machine.held["wlan0"] = [replace(one, index=index) for one in held]
        case "cut" | "routed":
            machine.routes = [one for one in whole.routes if act == "routed" or one[1] != "wlan0"]
        case _:
            pass


@given(STEPS)
def test_signs_alternate_and_nothing_is_told_of_a_network_at_rest(steps) -> None:
    machine = laptop()
    life = Life(WIFI, machine)
    for act, after in steps:
        make(machine, act, life.now)
        blips = (Blip(index=2, what=Disturbance.LINK),) if act == "blip" else ()
        life.look(*blips, after=after)
    for act in ("there", "on", "held", "routed"):
        make(machine, act, life.now)
    life.look(after=20)
    rest = len(life.signs)
    life.look(after=100)

    assert len(life.signs) == rest
    assert not life.tracker.is_troubled
    assert life.tracker.ended() is None
    assert life.tracker.is_up is True
    overs = life.overs()
    losses = [at for at, sign in life.signs if isinstance(sign, Lost)]
    assert {over.lost_ns for over in overs} <= set(losses)
    assert all(over.back_ns is None or over.back_ns >= over.lost_ns for over in overs)
    assert all(one.lost_ns < other.lost_ns for one, other in pairwise(overs))
    assert bool(overs) == bool(losses)
