"""The canvas on streamlit-drawable-canvas.

What the model answers is drawn into the background picture: the component takes a new background without
touching its points, whereas new objects or a new key would drop clicks made in the same moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
import streamlit as st

from maa.canvas.component import st_canvas
from maa.canvas.overlay import draw_chain, draw_handles, draw_rings
from maa.canvas.protocol import MOUNT_KEY, Mode, OnOutline, OnPoints, Scene
from maa.canvas.render import Picture, Shape, draw_over, encode_jpeg
from maa.canvas.render import view as view_of
from maa.canvas.surface import FRAME, Surface
from maa.geometry import Viewport

ZOOM_STEP = 1.6
PAN_STEP = 0.35  # of the view's size
_STROKE_COLOR = "rgba(255, 255, 255, 0.55)"  # the trail of a drag stays until the next mount: faint
_FRAME_COLOR = (28, 31, 38)


@dataclass(frozen=True, slots=True)
class _Control:
    """A button for looking about, and the key that does the same."""

    name: str
    key: str
    """As browsers name it."""
    shown_key: str
    icon: str | None
    help: str
    act: Callable[[], None]


class ClassicCanvas:
    """A `maa.canvas.protocol.Canvas` with a view on the server's side.

    Args:
        image_size: (width, height) in pixels.
        size: (width, height) of the canvas in screen pixels.
    """

    def __init__(self, image_size: tuple[int, int], size: tuple[int, int]) -> None:
        self.surface = Surface(Viewport.fit(image_size, (size[0] - 2 * FRAME, size[1] - 2 * FRAME)))
        # Of a large photo the view is the costly part, and it stays; the other objects change with an accept.
        self._photo: tuple[Viewport, Picture] | None = None
        self._base: tuple[Viewport, tuple[Shape, ...], Picture] | None = None
        self._listeners: tuple[OnPoints, OnOutline] | None = None

    def show(
        self, scene: Scene, *, first: Callable[[], None], on_points: OnPoints, on_outline: OnOutline
    ) -> None:
        surface = self.surface
        self._listeners = on_points, on_outline
        if self._component_key() not in st.session_state:
            surface.tidy()  # not shown in the last run (another page was): the browser's canvas begins empty
        surface.follow(scene)
        width, height = surface.size
        st_canvas(
            key=self._component_key(),
            width=width,
            height=height,
            background_image=encode_jpeg(self._picture(scene)),
            drawing_mode=surface.tool,
            initial_drawing={"objects": surface.initial},
            fill_color="rgba(255, 255, 255, 0.15)" if surface.tool == "rect" else "#ffffff",
            stroke_color=scene.color if surface.tool == "point" else _STROKE_COLOR,
            stroke_width=2,
            point_display_radius=2,
            on_change=partial(self._changed, surface.mount, first),
        )

    def _changed(self, mount: int, first: Callable[[], None]) -> None:
        """The component sent its objects."""
        first()
        self._take_in(mount)

    def catch_up(self, mount: int, clicks: int) -> None:
        self._take_in(mount, clicks)

    def _take_in(self, mount: int, clicks: int | None = None) -> None:
        """Pass on the component's objects: all, or those of the first clicks since it was mounted."""
        surface = self.surface
        if mount != surface.mount or self._listeners is None:
            return  # from a canvas that has been replaced since: its coordinates no longer hold
        on_points, on_outline = self._listeners
        objects = self._state("drawing").get("raw", {}).get("objects") or []
        if clicks is not None:
            objects = surface.after_clicks(objects, clicks)
        if surface.tool == "rect":
            if surface.looking:
                surface.look_closer(objects)
        elif surface.tool == "point":
            clicked = surface.new_points(objects)
            if clicked is not None:
                on_points(*clicked)
        else:
            edited = surface.new_outline(objects)
            if edited is not None:
                on_outline(*edited)

    def _component_key(self) -> str:
        return f"{MOUNT_KEY}{self.surface.mount}"

    def _state(self, name: str) -> Mapping[str, Any]:
        """What the mounted component has told of `name`; empty before it has."""
        told: Mapping[str, Any] = (st.session_state.get(self._component_key()) or {}).get(name) or {}
        return told

    def controls(self) -> None:
        with st.container(horizontal=True, gap="xsmall", key="canvas_controls", wrap=False):
            for control in self._controls:
                pressed = control.name == "look" and self.surface.looking
                st.button(
                    f":small[{control.shown_key}]",
                    icon=control.icon,
                    key=f"canvas_{control.name}",
                    help=f"{control.help} ({control.shown_key})",
                    type="primary" if pressed else "secondary",
                    on_click=control.act,
                )

    @property
    def keys(self) -> Mapping[str, Callable[[], None]]:
        return {control.key: control.act for control in self._controls}

    @property
    def _controls(self) -> tuple[_Control, ...]:
        zoom = self.surface.zoom
        return (
            _Control(
                "zoom_in",
                "w",
                "W",
                ":material/zoom_in:",
                "Zoom in, around your last point",
                partial(zoom, ZOOM_STEP),
            ),
            _Control("zoom_out", "q", "Q", ":material/zoom_out:", "Zoom out", partial(zoom, 1 / ZOOM_STEP)),
            _Control("fit", "f", "F", ":material/fit_screen:", "The whole image", self._fit),
            _Control("look", "v", "V", ":material/search:", "Zoom in: drag a box, or click", self._look),
            _Control("left", "ArrowLeft", "←", None, "Move the view", partial(self._pan, -1, 0)),
            _Control("up", "ArrowUp", "↑", None, "Move the view", partial(self._pan, 0, -1)),
            _Control("down", "ArrowDown", "↓", None, "Move the view", partial(self._pan, 0, 1)),
            _Control("right", "ArrowRight", "→", None, "Move the view", partial(self._pan, 1, 0)),
        )

    def tidy(self) -> None:
        self.surface.tidy()

    @property
    def advice(self) -> str:
        return "Drag a box around what you want to see, or click there." if self.surface.looking else ""

    def _fit(self) -> None:
        view = self.surface.viewport
        self.surface.viewport = Viewport.fit(view.image_size, (view.width, view.height))

    def resize(self, width: int, height: int) -> None:
        self.surface.resize(width, height)

    @property
    def whereabouts(self) -> str:
        view = self.surface.viewport
        where = f"scale {view.scale:.6f} left {view.left:.4f} top {view.top:.4f} frame {FRAME}"
        # It tells how the picture fits when it has drawn it.
        ready = int(bool(self._state("backgroundFit")))
        return f"{where} mount {self.surface.mount} ready {ready}"

    def _look(self) -> None:
        self.surface.looking = not self.surface.looking

    def _pan(self, across: int, down: int) -> None:
        view = self.surface.viewport
        self.surface.viewport = view.panned(across * PAN_STEP * view.width, down * PAN_STEP * view.height)

    def _picture(self, scene: Scene) -> Picture:
        """The framed picture under the canvas: uint8 RGB of the surface's size."""
        view = self.surface.viewport
        if self._photo is None or self._photo[0] != view:
            self._photo = (view, view_of(scene.pixels, view))
        if self._base is None or self._base[:2] != (view, scene.others):
            self._base = (view, scene.others, draw_over(self._photo[1], scene.others, view))
        shapes = [Shape(scene.outline, scene.color, style="drawing")] if scene.outline is not None else []
        picture = draw_over(self._base[2], shapes, view)
        xy = np.array([(p.x, p.y) for p in scene.points]).reshape(-1, 2)
        if scene.chain:
            draw_chain(picture, view.to_canvas(xy), scene.color)
        if scene.mode is Mode.VERTICES and scene.outline is not None:
            draw_handles(picture, scene.outline, view, scene.color)
        elif len(xy):
            draw_rings(picture, view.to_canvas(xy))
        return cv2.copyMakeBorder(
            picture, FRAME, FRAME, FRAME, FRAME, cv2.BORDER_CONSTANT, value=_FRAME_COLOR
        ).astype(np.uint8, copy=False)
