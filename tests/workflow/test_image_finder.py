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


@pytest.fixture
def find() -> ImageFinder:
    names = ("a/1.jpg", "b/1.jpg", "a/2.JPG", "a/3.jpg", "c/3.JPG", "4.png")
    return ImageFinder(image(number, name) for number, name in enumerate(names))


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
def test_folders_and_capitals_may_differ(find: ImageFinder, name: str, meant: str) -> None:
    assert find(ReadImage(name, 30, 20, None, approved=False)).file_name == meant


@pytest.mark.parametrize("name", ["1.jpg", "1.JPG", "3.Jpg", "5.jpg"])
def test_what_could_mean_two_images_means_none(find: ImageFinder, name: str) -> None:
    with pytest.raises(Unusable, match="no image of this name"):
        find(ReadImage(name, 30, 20, None, approved=False))
