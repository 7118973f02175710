"""Numbers in sentences."""


def count(number: int, singular: str, plural: str | None = None) -> str:
    """`1 image`, `2 images`, `1,204 images`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
