"""How long a person was really at work."""

from __future__ import annotations

IDLE_CUTOFF_SECONDS = 30.0


class ActiveTime:
    """Adds up the time between interactions.

    A gap longer than the cut-off was a pause of unknown length and counts nothing, so that lunch never looks
    like labeling. Times are seconds of any clock that runs forward; a step back counts nothing.
    """

    def __init__(self, cutoff: float = IDLE_CUTOFF_SECONDS) -> None:
        self._cutoff = cutoff
        self._last: float | None = None
        self._seconds = 0.0

    def touch(self, now: float) -> None:
        """The person did something at `now`."""
        if self._last is not None and 0.0 <= now - self._last <= self._cutoff:
            self._seconds += now - self._last
        self._last = now

    @property
    def seconds(self) -> float:
        """Active seconds since the start or the last `restart`."""
        return self._seconds

    def restart(self) -> None:
        """Begin the next object at zero; the gap that is open now belongs to it."""
        self._seconds = 0.0
