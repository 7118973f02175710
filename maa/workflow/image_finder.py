"""Which image of a project an entry of somebody else's file means."""

from __future__ import annotations

from collections.abc import Iterable

from maa.domain import Image, Unusable
from maa.domain.wording import count
from maa.interchange.coco import ReadImage
from maa.workflow.intake import clean_file_name


class ImageFinder:
    """Finds images by their pixels, else by name, else by the last part of the name; last of all without
    regard to capitals. An image that one entry names means no other, and one that several come near, none.

    Args:
        known: the project's images.
        entries: all of the file.
    """

    def __init__(self, known: Iterable[Image], entries: Iterable[ReadImage]) -> None:
        known = list(known)
        self._by_hash = {image.pixel_hash: image for image in known}
        self._by_name = {image.file_name: image for image in known}
        self._by_last_part: dict[str, list[Image]] = {}
        for image in known:
            self._by_last_part.setdefault(_last_part(image.file_name).casefold(), []).append(image)
        near: dict[int, set[str]] = {}
        self._taken: set[int] = set()
        for entry in entries:
            name = clean_file_name(entry.file_name)
            if (meant := self._named(entry, name)) is not None:
                self._taken.add(meant.id)
            elif (meant := self._near(name)) is not None:
                near.setdefault(meant.id, set()).add(name)
        self._taken |= {image_id for image_id, names in near.items() if len(names) > 1}

    def __call__(self, entry: ReadImage) -> Image:
        """The image that is meant.

        Raises:
            InvalidInput: there is none, or it has another size.
        """
        image = self._find(entry)
        lost = f" ({count(len(entry.objects), 'object')} left out)" if entry.objects else ""
        if image is None:
            raise Unusable(f"the project has no image of this name; import the image first{lost}")
        if (image.width, image.height) != (entry.width, entry.height):
            raise Unusable(
                f"it is {entry.width} x {entry.height} pixels in the file "
                f"but {image.width} x {image.height} in the project{lost}"
            )
        return image

    def _find(self, entry: ReadImage) -> Image | None:
        name = clean_file_name(entry.file_name)
        if (image := self._named(entry, name)) is not None:
            return image
        image = self._near(name)
        return None if image is None or image.id in self._taken else image

    def _named(self, entry: ReadImage, name: str) -> Image | None:
        return self._by_hash.get(entry.pixel_hash or "") or self._by_name.get(name)

    def _near(self, name: str) -> Image | None:
        # Many tools drop the folders of a name, or write .JPG as .jpg; that is enough where it is clear
        # which one is meant.
        candidates = self._by_last_part.get(_last_part(name).casefold(), [])
        for alike in (
            [image for image in candidates if image.file_name.casefold() == name.casefold()],
            [image for image in candidates if _last_part(image.file_name) == _last_part(name)],
            candidates,
        ):
            if alike:
                return alike[0] if len(alike) == 1 else None
        return None


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]
