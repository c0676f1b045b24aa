"""A configuration without fault: what was written, and what follows from it."""

from pathlib import Path

from pydantic import PrivateAttr

from probe.config.addressing import wanted
from probe.config.document import Json
from probe.config.models import Written
from probe.config.planning import plan
from probe.config.shown import shown
from probe.notifier.wanted import Explain, Wanted
from probe.plan import Plan


class Config(Written):
    """The whole configuration."""

    _folder: Path = PrivateAttr(default_factory=Path)

    def model_post_init(self, context: object) -> None:
        """Remember the folder at which relative paths begin, given as the context of the validation."""
        if isinstance(context, Path):
            self._folder = context

    def plan(self) -> Plan:
        """Return every probe that this configuration asks for."""
        return plan(self, self._folder)

    def notifications(self, explain: Explain | None = None) -> Wanted | None:
        """Return whom to tell, if anybody; `explain` says causes in other languages."""
        return wanted(self, self._folder, explain)

    def shown(self) -> dict[str, Json]:
        """Return the effective configuration, all defaults said, secrets by their reference only."""
        return shown(self)
