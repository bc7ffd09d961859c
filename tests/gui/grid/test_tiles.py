import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPixmap

from ahash_desktop.gui.base.theme import DARK, LIGHT
from ahash_desktop.gui.grid.tiles import TileCache

SIZE = QSize(80, 60)


def photo(colour: str = "red", width: int = 160, height: int = 120) -> QPixmap:
    made = QPixmap(width, height)
    made.fill(QColor(colour))
    return made


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_a_tile_is_the_photo_with_its_corners_taken_away(qapp, ratio):
    tile = TileCache().photo(1, photo(), SIZE, ratio)
    assert tile.size() == SIZE * ratio
    assert tile.deviceIndependentSize().toSize() == SIZE
    image = tile.toImage()
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(tile.width() - 1, tile.height() - 1).alpha() == 0
    shape = TileCache()._shape(SIZE, ratio).toImage()
    for x in range(tile.width()):
        for y in range(tile.height()):
            assert abs(image.pixelColor(x, y).alpha() - shape.pixelColor(x, y).alpha()) <= 1
    assert image.pixelColor(tile.width() // 2, tile.height() // 2) == QColor("red")
    assert image.pixelColor(tile.width() // 2, 0) == QColor("red")


def test_a_photo_of_another_shape_is_cut_at_its_sides(qapp):
    wide = photo("red", 300, 60).toImage()
    for x in range(120, 180):
        for y in range(60):
            wide.setPixelColor(x, y, QColor("blue"))
    image = TileCache().photo(1, QPixmap.fromImage(wide), QSize(60, 60), 1.0).toImage()
    assert image.pixelColor(1, 30) == QColor("blue")
    assert image.pixelColor(58, 30) == QColor("blue")


def test_a_tile_is_made_once_for_each_size_and_thumbnail(qapp):
    tiles, source = TileCache(), photo()
    first = tiles.photo(1, source, SIZE, 1.0)
    assert tiles.photo(1, source, SIZE, 1.0).cacheKey() == first.cacheKey()
    assert tiles.photo(1, source, SIZE * 2, 1.0).size() == SIZE * 2
    other = tiles.photo(1, photo("blue"), SIZE, 1.0)
    assert other.toImage().pixelColor(40, 30) == QColor("blue")


def test_a_placeholder_follows_the_theme_and_says_when_there_is_no_photo(qapp):
    tiles = TileCache()
    light = tiles.placeholder(LIGHT, SIZE, 1.0, absent=False).toImage()
    dark = tiles.placeholder(DARK, SIZE, 1.0, absent=False).toImage()
    absent = tiles.placeholder(LIGHT, SIZE, 1.0, absent=True).toImage()
    assert light.pixelColor(40, 30) == QColor(LIGHT.placeholder)
    assert dark.pixelColor(40, 30) == QColor(DARK.placeholder)
    assert absent != light


def test_tiles_take_no_more_memory_than_they_may(qapp):
    tiles = TileCache(capacity_bytes=10 * 80 * 60 * 4)
    for photo_id in range(50):
        tiles.photo(photo_id, photo(), SIZE, 1.0)
    assert tiles._cache.size_bytes <= 10 * 80 * 60 * 4


def test_all_tiles_of_a_view_are_kept_however_large_it_is(qapp):
    tiles, view = TileCache(), QSize(3840, 2160)
    tiles.make_room(view, 2.0)
    n_tiles = view.width() * view.height() // (SIZE.width() * SIZE.height())
    source = photo()
    first = tiles.photo(0, source, SIZE, 2.0).cacheKey()
    for photo_id in range(1, n_tiles):
        tiles.photo(photo_id, source, SIZE, 2.0)
    assert tiles.photo(0, source, SIZE, 2.0).cacheKey() == first
    tiles.make_room(QSize(320, 200), 1.0)
    assert tiles._cache.size_bytes <= 8 * 1024 * 1024
