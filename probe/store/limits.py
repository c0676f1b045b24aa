"""Share out the bytes that the store may take, all its files together."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
SMALLEST_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """The parts of `max_bytes`: the database, its write-ahead log, and the ballast."""

    max_bytes: int
    group_rows: int = 200

    @property
    def ballast_bytes(self) -> int:
        """What is kept aside so that deletes and checkpoints still work on a full disk."""
        return _between(256 * KIB, self.max_bytes // 64, 4 * MIB)

    @property
    def log_bytes(self) -> int:
        """The size of the write-ahead log from which it is emptied into the database."""
        return _between(256 * KIB, self.max_bytes // 64, 4 * MIB)

    @property
    def group_bytes(self) -> int:
        """The most that one commit carries, and so the most that one record may have."""
        return _between(64 * KIB, self.max_bytes // 64, MIB)

    @property
    def database_bytes(self) -> int:
        """What is left for the database: one commit or prune may take the log well beyond `log_bytes`."""
        beyond = _between(768 * KIB, self.max_bytes // 32, 8 * MIB)
        return self.max_bytes - self.ballast_bytes - self.log_bytes - beyond

    @property
    def crowded_bytes(self) -> int:
        """The size from which the oldest rows go, early enough that a whole group still fits."""
        return self.database_bytes - 4 * self.group_bytes


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))
