from __future__ import annotations

from maa.workflow.byte_cache import ByteLimitedCache


def test_what_was_used_last_is_kept_up_to_the_limit() -> None:
    cache = ByteLimitedCache[bytes](10, len)
    for key in "abc":
        cache.put(key, b"1234")
    assert cache.get("a") is None
    assert cache.get("b") == b"1234"
    cache.put("d", b"1234")
    assert (cache.get("b"), cache.get("c")) == (b"1234", None)


def test_the_newest_is_kept_whatever_its_size() -> None:
    cache = ByteLimitedCache[bytes](10, len)
    cache.put("small", b"1")
    cache.put("large", b"1" * 11)
    assert (cache.get("small"), cache.get("large")) == (None, b"1" * 11)
    cache.put("next", b"2")
    assert (cache.get("large"), cache.get("next")) == (None, b"2")


def test_a_thing_that_is_put_again_counts_once() -> None:
    cache = ByteLimitedCache[bytes](10, len)
    cache.put("other", b"1234")
    for _ in range(3):
        cache.put("same", b"123456")
    assert cache.get("other") == b"1234"
