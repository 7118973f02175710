"""People, their accounts, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person may do in a project. Each role includes the ones before it."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    MANAGER = "manager"

    def includes(self, other: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    active: bool = True
    admin: bool = False
    """Whether they look after the installation: its people and its secrets. It gives no role in a project."""


@dataclass(frozen=True, slots=True)
class Member(Person):
    """A person with the role that they have in one project."""

    role: Role = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Account:
    """How a person signs in to this installation."""

    person_id: int
    email: str | None = None
    """The address by which single sign-on knows them, in small letters."""
    subject: str | None = None
    """Who they are there ("issuer subject"), once they came from there."""
    password_hash: str | None = field(default=None, repr=False)
    one_time_until: datetime | None = None
    """While set, the password was given to them, holds until then, and has to be replaced first."""
    demo: bool = False
    """Whether the password is the demo's, which everybody knows."""
    failures: int = 0
    """Failed sign-ins since the last one that worked."""
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A person's signed-in browser."""

    id: int
    person_id: int
    way: str
    """How they signed in: password, or single sign-on."""
    device: str
    """Which browser it says it is."""
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
