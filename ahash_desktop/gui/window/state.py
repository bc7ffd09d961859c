"""Remembers how the window was left: its place, its panels, the size of the photos."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from ahash_desktop.gui.grid.photo_grid import DEFAULT_PX
from ahash_desktop.gui.grid.photo_list import HitOrder

_LAYOUT_VERSION = 1
_RAIL_PX = 232
_LEAST_RAIL_PX = 120


class WindowState:
    """The window's state in an INI file; a missing or broken file gives the defaults."""

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def geometry(self) -> QByteArray | None:
        """Where the window was."""
        return self._bytes("window/geometry")

    @property
    def panels(self) -> QByteArray | None:
        """Where its panels were."""
        return self._bytes(f"window/panels-{_LAYOUT_VERSION}")

    @property
    def cell_px(self) -> int:
        """The size of the photos."""
        return self._whole("view/cell", DEFAULT_PX)

    @property
    def fills_tiles(self) -> bool:
        """Whether photos are cut to fill their tiles."""
        return bool(self._whole("view/fill", 0))

    @property
    def newest_first(self) -> bool:
        """Whether the newest photos come first."""
        return bool(self._whole("view/newest", 1))

    @property
    def hit_order(self) -> HitOrder:
        """The order of the matches."""
        kept = self._whole("view/order", HitOrder.DISTANCE)
        return HitOrder(kept) if kept in set(HitOrder) else HitOrder.DISTANCE

    @property
    def opens_inspector(self) -> bool:
        """Whether the inspector is open."""
        return bool(self._whole("view/inspector", 1))

    @property
    def shows_bits(self) -> bool:
        """Whether the inspector shows the table of bits rather than the field marks."""
        return bool(self._whole("view/bits", 0))

    @property
    def shows_captions(self) -> bool:
        """Whether the names of files stand below the photos."""
        return bool(self._whole("view/captions", 0))

    @property
    def opens_rail(self) -> bool:
        """Whether the ways into the library stand beside it."""
        return bool(self._whole("view/rail", 1))

    @property
    def rail_px(self) -> int:
        """How wide these are."""
        return max(_LEAST_RAIL_PX, self._whole("view/rail-width", _RAIL_PX))

    def save(
        self,
        geometry: QByteArray,
        panels: QByteArray,
        *,
        cell_px: int,
        fills_tiles: bool,
        newest_first: bool,
        hit_order: HitOrder,
        opens_inspector: bool,
        shows_bits: bool,
        shows_captions: bool,
        opens_rail: bool,
        rail_px: int,
    ) -> None:
        """Writes the state."""
        self._settings.setValue("window/geometry", geometry)
        self._settings.setValue(f"window/panels-{_LAYOUT_VERSION}", panels)
        self._settings.setValue("view/cell", cell_px)
        self._settings.setValue("view/fill", int(fills_tiles))
        self._settings.setValue("view/newest", int(newest_first))
        self._settings.setValue("view/order", int(hit_order))
        self._settings.setValue("view/inspector", int(opens_inspector))
        self._settings.setValue("view/bits", int(shows_bits))
        self._settings.setValue("view/captions", int(shows_captions))
        self._settings.setValue("view/rail", int(opens_rail))
        if rail_px:  # 0 of one that is hidden
            self._settings.setValue("view/rail-width", rail_px)
        self._settings.sync()

    def _bytes(self, key: str) -> QByteArray | None:
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def _whole(self, key: str, default: int) -> int:
        """What is kept is text."""
        try:
            return int(str(self._settings.value(key, default)))
        except ValueError:
            return default
