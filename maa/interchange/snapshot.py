"""What an export is made from: a project's classes, images and accepted annotations at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from maa.domain import Annotation, Image, LabelClass


@dataclass(frozen=True, slots=True)
class LabeledImage:
    """An image with the present annotations of its accepted task, by id."""

    image: Image
    approved: bool
    annotations: tuple[Annotation, ...]
    submitted: bool = True
    """Whether somebody has said that these are all of its objects."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every class that an annotation here has is in `classes`, in their order."""

    classes: tuple[LabelClass, ...]
    images: tuple[LabeledImage, ...]
