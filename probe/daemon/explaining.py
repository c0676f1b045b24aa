"""Say causes in the language of whoever is told of them, by the catalogue of the page."""

from functools import cache

from probe.notice import Language
from probe.web import language as page


@cache
def _tongue(language: Language) -> page.Tongue:
    found = page.language_of(language.value)
    return page.Tongue(found)


def explained(language: Language, cause: str) -> tuple[str, str]:
    """Return what a cause means and what to do about it."""
    tongue = _tongue(language)
    return tongue.meaning(cause), tongue.advice(cause)
