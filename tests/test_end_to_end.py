"""Every fault of the lab is named by the shipped lab configuration, and hops it does not touch stay well."""

import asyncio

import pytest

from probe.lab import running
from probe.lab.fault import FAULTS, Level
from probe.model import Outcome
from probe.model.element import host
from probe.ondemand import run_once, select
from tests.lab_client import small
from tests.lab_plan import plan_for

pytestmark = pytest.mark.alone

# A slow first byte is still an answer. A forged answer comes first and is used, as any client would use it: what it
# leads to is named, and that it was forged is in the evidence, for controls to tell.
NOT_A_FAILURE = {one for one in FAULTS if one.endswith(".slow")}
NAMED_BY_CONTROLS_ONLY = {one for one in FAULTS if one.endswith(".dns-forged")}


@pytest.fixture
async def lab(tmp_path):
    async with running(small()) as started:
        yield started


@pytest.mark.parametrize("fault_id", sorted(FAULTS))
async def test_a_fault_is_named_where_it_is(fault_id, lab, tmp_path):
    fault = FAULTS[fault_id]
    plan = plan_for(lab, tmp_path)
    # What the API says to a key it says to the function, whoever asked that: such a fault has no vantage.
    scope = None if (fault.hop, fault.level) == ("direct", Level.HTTP) else "wifi"
    lab.break_(fault_id, scope)

    observations = await run_once(plan, select(plan, [], ["wifi", "mobile"]))

    named = [one for one in observations if one.failure and fault.is_named_by(one.failure.cause)]
    failed = [one for one in observations if one.outcome is Outcome.FAILED]
    untouched = [one for one in failed if host(fault.hop) not in one.crossed]
    if fault_id not in NOT_A_FAILURE | NAMED_BY_CONTROLS_ONLY:
        assert named, [one.failure for one in failed]
    assert not untouched, [(str(one.series), one.failure) for one in untouched]
    assert not [one for one in failed if scope and one.series.vantage != scope]


async def test_a_healthy_lab_answers_every_check(lab, tmp_path):
    plan = plan_for(lab, tmp_path)

    observations = await run_once(plan, plan.probes)

    assert [(str(one.series), one.failure) for one in observations if one.outcome is not Outcome.OK] == []


async def test_a_forged_answer_and_the_true_one_are_both_evidence(lab, tmp_path):
    plan = plan_for(lab, tmp_path)
    lab.break_("hk-vps.dns-forged", "wifi")

    observations = await run_once(plan, select(plan, ["name"], ["wifi"]))

    answers = {
        record.data
        for one in observations
        for query in one.evidence.dns
        for response in query.responses
        for record in response.records
    }
    assert len(answers) == 2


async def test_mending_makes_it_well_again(lab, tmp_path):
    plan = plan_for(lab, tmp_path)
    chosen = select(plan, ["alive"], ["wifi"])
    lab.break_("hk-vps.refused")
    broken = await run_once(plan, chosen)
    lab.mend()
    await asyncio.sleep(0)
    mended = await run_once(plan, chosen)

    assert [one.outcome for one in broken + mended] == [Outcome.FAILED, Outcome.OK]
