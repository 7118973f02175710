"""Passwords: which may be chosen, and how they are kept (Argon2id). The rules are those of NIST SP 800-63B-4.

Long, and not one of those that are tried first; no rules about kinds of characters, and none run out.
"""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from maa.domain import InvalidInput

MIN_LENGTH = 15
MAX_LENGTH = 200
_EASY = 2
"""Up to this score (0..4) zxcvbn guesses it in fewer than a hundred million tries."""
_LOOKED_AT = 72  # characters; zxcvbn takes no more, and takes its time for them
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another

_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_hex())
"""What the password of somebody who does not exist is compared with, so that it takes as long."""


def check_new(password: str, *about: str) -> None:
    """`InvalidInput` unless it may be chosen. `about`: what others know of the person, such as the name."""
    password = _composed(password)
    if len(password) < MIN_LENGTH:
        raise InvalidInput(
            f"The password has {len(password)} characters; it needs {MIN_LENGTH} or more. "
            "A few words that do not belong together are easy to keep in mind."
        )
    if len(password) > MAX_LENGTH:
        raise InvalidInput(f"The password has {len(password)} characters; at most {MAX_LENGTH} are allowed.")
    found = zxcvbn(password[:_LOOKED_AT], [*about, "MAA", "annotation"])
    if found["score"] <= _EASY:
        because = found["feedback"]["warning"] or "It is one of the passwords that are tried first."
        raise InvalidInput(f"The password is easy to guess. {because.rstrip('.')}. Choose another one.")


def one_time() -> str:
    """A password to be given to somebody, who replaces it: four groups of five, about 99 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def hash_of(password: str) -> str:
    """What is kept of it; takes a fraction of a second and 64 MB, so not inside a transaction."""
    return _hasher.hash(_composed(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is none to compare with."""
    try:
        return _hasher.verify(password_hash or _nobody, _composed(password)) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_old(password_hash: str) -> bool:
    """Whether it was made with other parameters than are used by now."""
    return _hasher.check_needs_rehash(password_hash)


def _composed(password: str) -> str:
    """The same text however a keyboard composes its letters."""
    return unicodedata.normalize("NFC", password[: MAX_LENGTH + 1])
