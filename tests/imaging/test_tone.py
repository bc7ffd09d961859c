"""Pictures of high dynamic range show what they show on paper."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from ahash_desktop.imaging.decode import decode
from ahash_desktop.imaging.tone import signal_of_container, signal_of_profile
from tests.imaging.test_png_layouts import chunk
from tests.pictures import render_picture

WHITE_NITS = 203.0
TO_BT_2020 = np.array(
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
)


def linear(picture: np.ndarray) -> np.ndarray:
    values = picture / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def in_pq(light: np.ndarray) -> np.ndarray:
    """Light, white as 1, as 8-bit PQ values of BT.2020 (BT.2100-2, table 4)."""
    scaled = np.clip(light @ TO_BT_2020.T * WHITE_NITS / 10_000, 0, 1) ** 0.1593017578125
    value = ((0.8359375 + 18.8515625 * scaled) / (1 + 18.6875 * scaled)) ** 78.84375
    return np.rint(value * 255).astype(np.uint8)


def in_hlg(light: np.ndarray) -> np.ndarray:
    """The same as HLG (BT.2100-2, table 5, for a display of 1000 cd/m²)."""
    shown = light @ TO_BT_2020.T * WHITE_NITS / 1000
    luminance = shown @ np.array([0.2627, 0.6780, 0.0593])
    scene = shown * np.maximum(luminance, 1e-6)[..., None] ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    curved = np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-6)) + c
    )
    return np.rint(np.clip(curved, 0, 1) * 255).astype(np.uint8)


def png(pixels: np.ndarray, *, cicp: bytes | None = None, profile: bytes | None = None) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", icc_profile=profile)
    data = buffer.getvalue()
    return data if cicp is None else data[:33] + chunk(b"cICP", cicp) + data[33:]


def avif(pixels: np.ndarray, transfer: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "AVIF", quality=100, subsampling="4:4:4")
    data = bytearray(buffer.getvalue())
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = (9).to_bytes(2, "big") + transfer.to_bytes(2, "big")
    return bytes(data)


def profile_naming(transfer: int) -> bytes:
    """An sRGB profile with a tag that names another signal."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = len(made)
    made += b"cicp\0\0\0\0" + bytes([9, transfer, 0, 1])
    last = 132 + 12 * (made[131] - 1)  # the last tag of the table becomes this one
    made[last : last + 12] = b"cicp" + at.to_bytes(4, "big") + (12).to_bytes(4, "big")
    made[:4] = len(made).to_bytes(4, "big")
    return bytes(made)


@pytest.mark.parametrize("way", ["PNG", "AVIF", "profile"])
@pytest.mark.parametrize(("transfer", "encode"), [(16, in_pq), (18, in_hlg)])
def test_what_is_no_brighter_than_paper_looks_as_it_is(way: str, transfer: int, encode) -> None:
    picture = np.asarray(render_picture(3, (96, 64))).astype(float)
    pixels = encode(linear(picture) * 0.7)
    data = {
        "PNG": lambda: png(pixels, cicp=bytes([9, transfer, 0, 1])),
        "AVIF": lambda: avif(pixels, transfer),
        "profile": lambda: png(pixels, profile=profile_naming(transfer)),
    }[way]()

    shown = decode(data).pixels.astype(float)

    dimmed = linear(picture) * 0.7
    expected = 255 * np.where(
        dimmed <= 0.0031308, 12.92 * dimmed, 1.055 * dimmed ** (1 / 2.4) - 0.055
    )
    assert np.abs(shown - expected).mean() < 4
    assert np.abs(shown - pixels).mean() > 10


def test_what_is_brighter_is_bent_and_keeps_its_order() -> None:
    nits = np.geomspace(1, 10_000, 64)
    pixels = np.repeat(in_pq(np.repeat(nits[:, None] / WHITE_NITS, 3, axis=1))[None], 16, axis=0)

    row = decode(png(pixels, cicp=bytes([9, 16, 0, 1]))).pixels[8, :, 1].astype(int)

    assert (np.diff(row) >= 0).all()
    at_white = int(np.argmin(np.abs(nits - WHITE_NITS)))
    assert 220 < row[at_white] < 250
    assert row[-1] == 255
    assert row[int(np.argmin(np.abs(nits - 600)))] > row[at_white]


def test_a_picture_that_names_srgb_stays() -> None:
    pixels = np.asarray(render_picture(3, (96, 64)))
    np.testing.assert_array_equal(decode(png(pixels, cicp=bytes([1, 13, 0, 1]))).pixels, pixels)


@pytest.mark.parametrize("n_bytes", range(12, 400, 31))
def test_damaged_containers_name_nothing(n_bytes: int) -> None:
    whole = avif(in_pq(linear(np.asarray(render_picture(3, (96, 64))))), 16)
    assert signal_of_container(whole) is not None
    signal_of_container(whole[:n_bytes])
    signal_of_profile(profile_naming(16)[:n_bytes])
