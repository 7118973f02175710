"""What can go wrong, in words for the person who can do something about it."""

from __future__ import annotations


class MaaError(Exception):
    """An error whose message is written for the person who meets it: what is wrong and what to do."""


class InvalidInput(MaaError):
    """What was given cannot be used (a prompt, a file, a name)."""


class NotFound(MaaError):
    """The thing named does not exist (any more)."""


class Conflict(MaaError):
    """Somebody or something else changed it first; reload and try again."""


class NotAllowed(MaaError):
    """This person may not do this."""
