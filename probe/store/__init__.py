"""Keep records safe on disk, and read them back."""

from probe.store.errors import Drop, Operation, StoreError, Trouble
from probe.store.stats import Stats
from probe.store.store import Store

__all__ = ["Drop", "Operation", "Stats", "Store", "StoreError", "Trouble"]
