"""Say what was wrong with what was seen, and what each further step would buy; pure."""

from collections.abc import Iterator

from probe.model import Outcome
from probe.proposal.guess import checks, is_edge, leads_elsewhere, through_name
from probe.proposal.look import AS_IT_IS, HEALTH, Seen, Sight


def warnings(sight: Sight) -> Iterator[str]:
    """Yield what is not as one would wish it: silent hops, those that only another way reaches, pages elsewhere."""
    everyone = (*sight.route, *((sight.page,) if sight.page else ()))
    for seen in dict.fromkeys(everyone):
        name = seen.hop.name
        if seen.answers and not seen.is_alive:
            failure = seen.answers[0].observation.failure
            told = f"{failure.cause}: {failure.detail}" if failure else "no answer"
            yield f"{name} did not answer ({told}), so it is only asked whether it can be reached"
        elif seen.vantage != AS_IT_IS:
            yield f"{name} answered only from {seen.vantage}; it is asked from every vantage all the same"
    if sight.page is not None and leads_elsewhere(sight.page):
        yield f"{sight.page.hop.name} sends browsers to another host; name that one with --page"


def steps(sight: Sight, *, vantages: int) -> Iterator[str]:
    """Yield what each further step would buy, the cheapest first."""
    names = {one.name for one in checks(sight)}
    last = sight.route[-1].hop.name
    for index, seen in enumerate(sight.route[:-1]):
        name = seen.hop.name
        if seen.is_alive and f"reach-{name}" in names:
            yield f"{name}: {_own_answer(seen)}: two more segments told apart, the way to it and what lies behind it"
        if through_name(seen, index) not in names:
            yield (
                f"{name}: which path leads on to {last} is not known; name it (`hopwatch init {seen.hop.url}/PATH ...`),"
                f" or add a check with `hop: {name}, through: {last}`: the chain as your users see it"
            )
    yield from _about_page(sight)
    if vantages < 2:
        yield "a second network (the phone's, by USB or Wi-Fi) as a vantage: your own line's trouble told from the hops'"
    yield f"a key by reference (`bearer: {{env: API_KEY}}` at reach-{last}): quota and key trouble told from outages"


def _about_page(sight: Sight) -> Iterator[str]:
    if sight.page is None:
        yield "the page's host (`--page https://...`): whether users can load the page the chat runs in"
        return
    yield (
        f"{sight.page.hop.name}: `build` at the check `page` (a header or words of the body that name the version): an old"
        " page from a stale edge told from the new one"
    )
    answer, preflight = sight.preflight_answer, sight.preflight
    if answer is not None and preflight is not None and answer.outcome is not Outcome.OK:
        why = answer.failure.detail if answer.failure else "no answer"
        yield (
            f"{sight.route[0].hop.name}: it did not let {preflight.origin} call {preflight.path} ({why}); if the page does"
            " call it, a check `cors` with the true path tells when browsers are kept out"
        )


def _own_answer(seen: Seen) -> str:
    if any(is_edge(one) for one in seen.answers):
        return "a static file or a function that asks nobody else, and a check of it"
    return f"six nginx lines (`location = {HEALTH} {{ return 200; }}` and its like) that answer without the hops behind"
