"""Which folders are named after what their photos show, and what that kind is called."""

import re

_NUMBER = re.compile(r"^\d{1,4}\s*[.)_\- ]\s*(?=\D)")
_CAMERA = re.compile(r"^\d{3}[_a-z0-9]{5}$", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april|june|july|august|"
    "september|october|november|december"
)
_DATE = re.compile(rf"^(?:[\d\s.\-_/年月日]|\b(?:{_MONTHS})\b)+$", re.IGNORECASE)
_OF_NO_KIND = frozenset(
    {
        "dcim", "photo", "photos", "picture", "pictures", "image", "images", "img", "imgs", "raw",
        "jpg", "jpeg", "export", "exports", "exported", "edited", "edits", "original", "originals",
        "crop", "crops", "cropped", "new", "old", "misc", "other", "others", "unsorted", "unknown",
        "unlabelled", "unlabeled", "import", "imports", "imported", "backup", "backups", "camera",
        "camera roll", "screenshots", "download", "downloads", "desktop", "documents", "selected",
        "selects", "keepers", "rejects", "temp", "tmp", "train", "test", "val", "valid",
        "validation", "training", "testing", "whatsapp images", "照片", "图片", "相册", "原图",
        "导出", "截图", "下载", "其他", "未分类",
    }
)  # fmt: skip


def kind_of_directory(directory: str) -> str | None:
    """The kind that the last folder of a path below a root is named after, "" being the root."""
    return kind_of_folder(directory.rstrip("/").rpartition("/")[2]) if directory else None


def kind_of_folder(name: str) -> str | None:
    """The kind that a folder is named after: "Blue Jay" for "073.Blue_Jay".

    None of a name that only says when, by which camera, or what for the photos were taken, or that
    they are photos.
    """
    if _CAMERA.match(name) and not name.isalpha():
        return None
    shown = " ".join(_NUMBER.sub("", name).replace("_", " ").split())
    if not _LETTERS.search(shown) or _DATE.match(shown) or shown.casefold() in _OF_NO_KIND:
        return None
    return shown
