"""What a library of very many photos costs: seconds, processor seconds and memory of each thing.

    python benchmarks/scale.py [--photos 1000000] [--bits 128] [--work FOLDER] [--only THING ...]
    python benchmarks/scale.py --rows 10000000 [--work FOLDER]

The files are there, each of a few bytes; codes come of an encoder that costs nothing. Whatever of
the library is in the work folder already is used as it is. Each thing runs in a process of its own,
so that its peak memory is its own, mapped files included; "own" is what it holds at the end that
comes from no file. With `--rows` there are rows of photos alone: no files, no codes.
"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import psutil
from large_library import (
    FAMILY,
    MODELS,
    FreeEncoder,
    choose_model,
    encode_all,
    find_model,
    make_files,
    record_rows,
    scan_all,
)

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths, shipped_models_folder
from ahash_desktop.core.settings import Settings, load_settings
from ahash_desktop.services.caring import open_whole
from ahash_desktop.services.models import ModelInfo, ModelShelf
from ahash_desktop.services.searching import Example, SearchRequest
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.switching import ModelSwitch
from ahash_desktop.store.backups import Backups
from ahash_desktop.store.library import Library

N_SEARCHES = 30
_LOOK_S = 0.5


def main() -> None:
    """Fills what is not there yet, and prints a line for each thing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=1_000_000)
    parser.add_argument("--bits", type=int, choices=sorted(MODELS), default=128)
    parser.add_argument("--rows", type=int, help="this many rows alone, without files and codes")
    parser.add_argument("--work", type=Path, help="where the library is kept for the next time")
    parser.add_argument("--only", nargs="+", metavar="THING", choices=[*THINGS, *ROW_THINGS])
    parser.add_argument("--thing", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.thing:
        {**THINGS, **ROW_THINGS}[options.thing](Place(options.work, options.photos, options.bits))
        return
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.processor() or platform.machine()},"
        f" {os.cpu_count()} processors, load {load}, {platform.system()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        measure_all(Place(work.resolve(), options.rows or options.photos, options.bits), options)


class Place:
    """Where a library is, and how large it is to be.

    Args:
        work: The folder that holds it and its photos.
        n_photos: How many photos there are.
        n_bits: Bits a code has.
    """

    def __init__(self, work: Path, n_photos: int, n_bits: int) -> None:
        self.work = work
        self.n_photos = n_photos
        self.n_bits = n_bits
        self.photos = work / f"photos-{n_photos}"
        self.paths = LibraryPaths(work / f"library-{n_photos}-{n_bits}")
        self.rows = LibraryPaths(work / f"rows-{n_photos}")

    def model(self) -> ModelInfo:
        """The model of the codes."""
        return find_model(self.paths, self.n_bits)

    def open(self) -> LibrarySession:
        """The library, with an encoder that costs nothing."""
        return LibrarySession.open(self.paths, load_settings(self.paths.settings), free_engine)


def free_engine(_paths: LibraryPaths, _settings: Settings, info: ModelInfo) -> FreeEncoder:
    """In the place of an engine process."""
    return FreeEncoder(info.manifest.model_id, info.manifest.n_bits)


def measure_all(place: Place, options: argparse.Namespace) -> None:
    """Runs the things one after the other, each in a process of its own."""
    things = ROW_THINGS if options.rows else THINGS
    what = f"{place.n_photos:,} rows" if options.rows else f"{place.n_photos:,} photos"
    print(f"{what + f', {place.n_bits} bits':<44}{'s':>9}{'cpu s':>9}{'peak MB':>9}{'own MB':>9}")
    for name in things:
        if options.only and name not in options.only:
            continue
        command = [sys.executable, __file__, "--thing", name, "--work", str(place.work)]
        size = ["--photos", str(place.n_photos), "--bits", str(place.n_bits)]
        with subprocess.Popen([*command, *size], stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                tell(json.loads(line))
        if process.returncode:
            print(f"{name}: ended with {process.returncode}", flush=True)
    paths = place.rows if options.rows else place.paths
    for what, path in (("database", paths.database), ("codes as they lie in memory", paths.codes)):
        print(f"{what + ' on disk':<44}{size_of(path) / 1e6:9.0f} MB")


def tell(told: dict[str, float | str]) -> None:
    """Prints a line of the table."""
    if "note" in told:
        print(f"  {told['note']}", flush=True)
        return
    print(
        f"{told['what']:<44}{told['seconds']:9.3f}{told['cpu']:9.3f}"
        f"{told['peak']:9.0f}{told['own']:9.0f}",
        flush=True,
    )


@contextmanager
def measured(what: str, *, with_children: bool = False) -> Iterator[None]:
    """Tells what a block took, and what this process has taken up until its end."""
    children = Children() if with_children else None
    started, cpu = time.perf_counter(), cpu_seconds()
    yield
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    peak, own = taken_mb(psutil.Process().pid)
    if children is not None:
        peak = max(peak, children.stop())
    send({"what": what, "seconds": seconds, "cpu": cpu, "peak": peak, "own": own})


def send(told: dict[str, float | str]) -> None:
    """Tells the process that prints."""
    print(json.dumps(told), flush=True)


def cpu_seconds() -> float:
    """Processor seconds of this process and those of its processes that have ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def taken_mb(pid: int) -> tuple[float, float]:
    """The most that a process has taken up so far, and what it holds now that is of no file."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        peak, own = (int(lines.get(name, "0").split()[0]) for name in ("VmHWM", "RssAnon"))
        return peak * 1024 / 1e6, own * 1024 / 1e6
    now = psutil.Process(pid).memory_info()
    return getattr(now, "peak_wset", now.rss) / 1e6, now.rss / 1e6


class Children:
    """Follows how much the processes that this one starts take up."""

    def __init__(self) -> None:
        self._most = 0.0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> float:
        """The most that one of them has taken up, in megabytes."""
        self._ends.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        me = psutil.Process()
        while not self._ends.wait(_LOOK_S):
            for child in me.children():
                try:
                    self._most = max(self._most, taken_mb(child.pid)[0])
                except (OSError, psutil.Error, ValueError):
                    continue


def fill(place: Place) -> None:
    """Makes what is not there yet."""
    model = place.model()
    if (place.work / f"{place.paths.folder.name}.filled").exists():
        send({"note": "the library was there already"})
        return
    with measured("files made"):
        make_files(place.photos, place.n_photos)
    choose_model(place.paths, model)
    with measured("new files found"):
        scan_all(place.paths, place.photos)
    with measured("codes and a few thumbnails kept"):
        encode_all(place.paths, model)
    (place.work / f"{place.paths.folder.name}.filled").touch()


def fill_rows(place: Place) -> None:
    """Records what is not there yet."""
    with measured("rows recorded"):
        record_rows(place.rows, place.n_photos)


def open_session(place: Place) -> None:
    """Opening, as the window does at its start."""
    with measured("open"):
        session = place.open()
    session.close()


def search_anew(place: Place) -> None:
    """The searches of a first start: codes are read from the database, then put in order."""
    shutil.rmtree(place.paths.codes, ignore_errors=True)
    session = place.open()
    with measured("first search, codes read from the database"):
        search(session, 1)
    with measured("codes put in order and saved, behind that"):
        for thread in threading.enumerate():
            if thread.name == "sorts codes":
                thread.join()
    session.close()


def search_again(place: Place) -> None:
    """The searches of a later start: codes are mapped."""
    session = place.open()
    with measured("first search, codes mapped"):
        search(session, 1)
    for thread in threading.enumerate():
        if thread.name == "sorts codes":
            thread.join()
    photos = [1 + number * 7919 % place.n_photos for number in range(N_SEARCHES)]
    many = [seconds_of(lambda photo_id=photo_id: search(session, photo_id)) for photo_id in photos]
    with measured(f"{N_SEARCHES} later searches"):
        many = [
            seconds_of(lambda photo_id=photo_id: search(session, photo_id)) for photo_id in photos
        ]
    told = f"median {statistics.median(many) * 1000:.1f} ms"
    send({"note": f"one of them: {told}, 95 of 100 within {percentile(many) * 1000:.1f} ms"})
    since = int(datetime(2012, 1, 1, tzinfo=UTC).timestamp())
    wanted = PhotoFilter(since_s=since, until_s=since + 3 * 365 * 86_400)
    with measured("photos of three years, by filter"):
        only_ids = session.browser.photo_ids_where(wanted)
    with measured(f"search among these {only_ids.size:,}"):
        search(session, 2, only_ids=only_ids)
    with measured("search by strength among all"):
        search(session, 3, order="strength")
    session.close()


def search(session: LibrarySession, photo_id: int, **how: object) -> None:
    """Searches by a photo of the library; its family is to come first."""
    request = SearchRequest((Example(photo_id=photo_id),), **how)
    hits = session.searcher.search(request).hits
    # Ids count from 1, in the order in which the files were found.
    if not how and not (hits and (hits[0].photo_id - 1) // FAMILY == (photo_id - 1) // FAMILY):
        raise AssertionError(f"photo {photo_id} finds {hits[:1]}")


def browse(place: Place) -> None:
    """What the window asks for when it shows the library."""
    session = place.open()
    browser = session.browser
    with measured("ids, newest first"):
        ids = browser.photo_ids(newest_first=True)
    with measured("ids, by path"):
        browser.photo_ids()
    with measured("times of all photos"):
        browser.photo_times()
    with measured("the rail: folders, months, kinds, cameras"):
        browser.overview()
    with measured("what can be filtered by"):
        browser.filter_choices()
    with measured("200 photos of a page, and their thumbnails"):
        browser.photos(ids[:200].tolist())
        browser.thumbnails(ids[:200].tolist())
    session.close()


def group(place: Place) -> None:
    """The names of the folders of all photos, as the map asks for its colours."""
    session = place.open()
    with measured("the folder of each photo"):
        session.browser.folders()
    session.close()


def back_up(place: Place) -> None:
    """A whole copy, checked."""
    with measured("backup, read through"):
        Backups(place.paths).make("daily")


def rescan(place: Place) -> None:
    """An update where nothing has changed."""
    session = place.open()
    with measured("update of unchanged files"):
        *_, summary = session.updater.index(CancelToken())
    if summary.unchanged != place.n_photos:
        raise AssertionError(summary)
    session.close()


def change_model(place: Place) -> None:
    """To another model and back, and the codes of that one are taken away again."""
    other = next(name for n_bits, name in MODELS.items() if n_bits != place.n_bits)
    shelf = ModelShelf(shipped_models_folder(), place.paths.models)
    switch = ModelSwitch(place.paths, shelf, free_engine)
    with measured(f"change of the model, to {other}"):
        *_, change = switch.use(other, CancelToken(), at_once=True)
    if change.n_encoded != place.n_photos:
        raise AssertionError(change)
    with measured("change back, nothing to encode"):
        *_, change = switch.use(MODELS[place.n_bits], CancelToken(), at_once=True)
    with Library.open(place.paths) as library, measured("codes of a model taken away"):
        library.models.remove(shelf.get(other).manifest.model_id)


def lay_out(place: Place) -> None:
    """The map, which is laid out in a process of its own."""
    session = place.open()
    with measured("map made", with_children=True):
        for _ in session.library_map.make(CancelToken()):
            pass
    session.close()


def draw(place: Place) -> None:
    """What the page of the map does before it is seen, and for each frame."""
    from ahash_desktop.gui.map.raster import DOT, draw_dots

    session = place.open()
    with measured("map read again"):
        layout = session.library_map.load()
    if layout is not None:
        kinds = np.zeros(len(layout.photo_ids), dtype=np.uint8)
        with measured("map drawn, one frame"):
            draw_dots((1600, 1000), layout.places * 1000, kinds, ["#3465a4"], [DOT])
    session.close()


def read_rows(place: Place) -> None:
    """What is asked of rows at a start and by an update."""
    with measured("open"):
        open_whole(place.rows)
    with Library.open(place.rows) as library:
        with measured("counts"):
            library.photos.counts()
        with measured("ids that wait for codes"):
            library.work.waiting_ids(1, [1], newest_first=True)


def compare_rows(place: Place) -> None:
    """What an update holds of all files while it looks through the folders."""
    with Library.open(place.rows) as library, measured("what is known of all files, in memory"):
        library.work.fingerprints(1)


def back_up_rows(place: Place) -> None:
    """A whole copy, checked."""
    with measured("backup, read through"):
        Backups(place.rows).make("daily")


def seconds_of(call: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def percentile(times: list[float]) -> float:
    """What 95 of 100 are within."""
    return statistics.quantiles(times, n=20)[-1]


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(inner.stat().st_size for inner in path.rglob("*") if inner.is_file())


THINGS: dict[str, Callable[[Place], None]] = {
    "fill": fill,
    "open": open_session,
    "first": search_anew,
    "search": search_again,
    "browse": browse,
    "group": group,
    "backup": back_up,
    "rescan": rescan,
    "model": change_model,
    "map": lay_out,
    "draw": draw,
}
ROW_THINGS: dict[str, Callable[[Place], None]] = {
    "rows": fill_rows,
    "read": read_rows,
    "compare": compare_rows,
    "copy": back_up_rows,
}

if __name__ == "__main__":
    main()
