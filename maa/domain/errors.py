"""What can go wrong, in words for the person who can do something about it."""

from __future__ import annotations

import errno


class MaaError(Exception):
    """An error whose message is written for the person who meets it: what is wrong and what to do."""


class InvalidInput(MaaError):
    """What was given cannot be used (a prompt, a file, a name)."""


class Unusable(InvalidInput):
    """One file, row or entry among many cannot be used; the message is a reason inside a sentence."""


class NotFound(MaaError):
    """The thing named does not exist (any more)."""


class Conflict(MaaError):
    """Somebody or something else changed it first; reload and try again."""


class NotAllowed(MaaError):
    """This person may not do this."""


_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def refused_by_system(error: Exception) -> str:
    """What to say of an error that only whoever looks after the machine can mend; "" for any other."""
    if not isinstance(error, OSError) or error.errno not in _FULL + _CLOSED:
        return ""
    said = f"{error.strerror}: {error.filename}." if error.filename else f"{error.strerror}."
    if error.errno in _FULL:
        return f"{said} Make room on the disk, then try again. What was saved is safe."
    return f"{said} MAA needs permission to use it. What was saved is safe."
