"""Which part of a map is in sight, and where its places lie on the screen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize

_MARGIN = 0.05
_LARGEST_ZOOM = 2000.0
_PAN_SHARE = 0.15


class Sight:
    """A zoom, 1 for everything, and the place in the middle; whoever asks gives the room."""

    def __init__(self) -> None:
        self.zoom = 1.0
        self.centre: NDArray[np.float64] = np.array([0.5, 0.5])

    def fit(self) -> None:
        """Brings everything into sight."""
        self.zoom = 1.0
        self.centre = np.array([0.5, 0.5])

    def zoom_by(self, factor: float, pin: QPointF, room: QSize) -> None:
        """Comes nearer or goes farther; what lies at the pin stays where it is."""
        before = self.place_at(pin, room)
        self.zoom = min(max(self.zoom * factor, 1.0), _LARGEST_ZOOM)
        self._move_to(self.centre + before - self.place_at(pin, room))

    def drag_by(self, moved: QPointF, room: QSize) -> None:
        """Moves the map with the pointer."""
        self._move_to(self.centre - np.array([moved.x(), moved.y()]) / self.scale(room))

    def pan(self, right: int, down: int, room: QSize) -> None:
        """Moves on by a part of the room, in steps."""
        step = _PAN_SHARE * min(room.width(), room.height()) / self.scale(room)
        self._move_to(self.centre + np.array([right, down]) * step)

    def centre_on(self, place: NDArray[np.float32]) -> None:
        """Brings a place, float32 (2,), into the middle."""
        self.centre = place.astype(np.float64)

    def scale(self, room: QSize) -> float:
        """Logical pixels to a unit of the map."""
        return min(room.width(), room.height()) * (1 - 2 * _MARGIN) * self.zoom

    def points(self, places: NDArray[np.float32], room: QSize) -> NDArray[np.float32]:
        """Where places, float32 (n, 2), lie in the room, float32 (n, 2) in logical pixels."""
        points: NDArray[np.float64] = (places - self.centre) * self.scale(room) + _middle(room)
        return points.astype(np.float32)

    def place_at(self, point: QPointF, room: QSize) -> NDArray[np.float64]:
        """The place at a point of the room, float64 (2,)."""
        away: NDArray[np.float64] = np.array([point.x(), point.y()]) - _middle(room)
        place: NDArray[np.float64] = away / self.scale(room) + self.centre
        return place

    def _move_to(self, centre: NDArray[np.float64]) -> None:
        """The middle never leaves the map."""
        self.centre = np.clip(centre, 0.0, 1.0)


def _middle(room: QSize) -> NDArray[np.float64]:
    return np.array([room.width() / 2, room.height() / 2])
