"""Watches a video for the field, picture after picture, and registers each shot when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.geometry import as_boxes
from grounding.pitch.lens import homographies
from grounding.pitch.markings import FOOTBALL
from grounding.pitch.paint import WORKING_WIDTH, find_paint
from grounding.pitch.shot import Look, register_shot
from grounding.types import Registration

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grounding.types import Image

    Array = NDArray[np.float64]

EVERY: Final = 1.0
"""Seconds between two looks at the lines."""
_BEHIND_GOAL: Final = np.radians(62)
"""Yaw from which a camera looks along the field: the field is the same turned round, so its ends look alike."""
_LONGEST: Final = 90
"""Looks after which a shot is registered though it goes on."""


class PitchWatch:
    """Finds where the field of football lies on the pictures of a video, in order of time."""

    def __init__(self) -> None:
        self._looks: list[Look] = []
        self._scale = 1.0
        self._motion = np.eye(3)  # of the camera since the last look, in pixels of the whole picture
        self._next = -np.inf
        self._found: list[Registration] = []

    def look(self, t: float, image: Image, people: ArrayLike | None, motion: ArrayLike, *, still: bool = False) -> None:
        """Takes in the picture at `t`.

        Args:
            image: the picture; its size must not change within a shot.
            people: (N, 4) boxes of those who are on it; None where they were not looked for, then the lines are not.
            motion: (3, 3) homography from the picture given before to this one.
            still: it shows the same as the one before.
        """
        self._motion = np.asarray(motion, np.float64) @ self._motion
        if people is None or still or t < self._next - 1e-6:
            return
        self._next = t + EVERY
        self._scale = min(1.0, WORKING_WIDTH / image.shape[1])
        small = np.diag([self._scale, self._scale, 1.0])
        moved = small @ self._motion @ np.linalg.inv(small)
        boxes = as_boxes(people)
        paint = find_paint(image, boxes)
        self._looks.append(Look(t, paint, np.asarray(boxes * self._scale, np.float64), moved))
        self._motion = np.eye(3)
        if len(self._looks) >= _LONGEST:
            self._end()

    def cut(self) -> None:
        """A new shot begins with the next picture."""
        self._end()
        self._motion = np.eye(3)
        self._next = -np.inf

    def registrations(self) -> tuple[Registration, ...]:
        """All pictures on which the field was recognised. Ends the shot."""
        self._end()
        return tuple(self._found)

    def _end(self) -> None:
        looks, self._looks = self._looks, []
        if not any(look.paint is not None for look in looks):
            return
        whole = np.diag([1 / self._scale, 1 / self._scale, 1.0])
        for placed in register_shot(FOOTBALL, looks):
            look = looks[placed.look]
            size = next(other.paint.size for other in looks if other.paint is not None)
            matrix = whole @ homographies(placed.lens, size)
            self._found.append(
                Registration(
                    t=look.t,
                    sport=FOOTBALL.name,
                    homography=matrix / np.abs(matrix).max(),
                    error=round(placed.error, 3),
                    sided=bool(abs(placed.lens[4]) < _BEHIND_GOAL),
                )
            )
