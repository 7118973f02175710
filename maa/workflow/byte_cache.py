"""A memory for large things that can be had again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class ByteLimitedCache(Generic[T]):
    """The things used last, up to a number of bytes; the newest is kept whatever its size. Thread-safe."""

    def __init__(self, limit: int, size: Callable[[T], int]) -> None:
        """`size`: bytes of a thing."""
        self._limit, self._size = limit, size
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> T | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, thing: T) -> None:
        """Keep a thing, in place of the one with this key if there is one."""
        with self._lock:
            if key in self._kept:
                self._bytes -= self._size(self._kept.pop(key))
            self._kept[key] = thing
            self._bytes += self._size(thing)
            while self._bytes > self._limit and len(self._kept) > 1:
                self._bytes -= self._size(self._kept.popitem(last=False)[1])
