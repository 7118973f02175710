"""The image that an entry of somebody else's file means."""

from datetime import UTC, datetime

import pytest

from maa.domain import Image, Unusable
from maa.interchange.coco import ReadImage
from maa.workflow.image_finder import ImageFinder


def image(number: int, name: str) -> Image:
    return Image(
        id=number,
        project_id=1,
        file_name=name,
        pixel_hash=f"hash {number}",
        width=30,
        height=20,
        file_hash=f"hash {number}",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


KNOWN = [
    image(number, name)
    for number, name in enumerate(("a/1.jpg", "b/1.jpg", "a/2.JPG", "a/3.jpg", "c/3.JPG", "4.png"))
]


def entry(name: str) -> ReadImage:
    return ReadImage(name, 30, 20, None, approved=False)


def found(*names: str) -> list[str | None]:
    """The images that the entries of a file mean."""
    entries = [entry(name) for name in names]
    find = ImageFinder(KNOWN, entries)
    meant: list[str | None] = []
    for one in entries:
        try:
            meant.append(find(one).file_name)
        except Unusable:
            meant.append(None)
    return meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("b/1.jpg", "b/1.jpg"),
        ("A/1.JPG", "a/1.jpg"),
        ("2.JPG", "a/2.JPG"),
        ("2.jpg", "a/2.JPG"),
        ("C:\\photos\\4.PNG", "4.png"),
        ("3.JPG", "c/3.JPG"),
    ],
)
def test_folders_and_capitals_may_differ(name: str, meant: str) -> None:
    assert found(name) == [meant]


@pytest.mark.parametrize("name", ["1.jpg", "1.JPG", "3.Jpg", "5.jpg"])
def test_what_could_mean_two_images_means_none(name: str) -> None:
    assert found(name) == [None]


def test_an_image_is_meant_by_one_entry_alone() -> None:
    assert found("2.jpg", "a/2.JPG") == [None, "a/2.JPG"]
    assert found("x/4.png", "y/4.png") == [None, None]
    assert found("4.png", "y/4.PNG", "a/1.jpg") == ["4.png", None, "a/1.jpg"]
