"""What is told of a package: its files, its parts, the bill of materials, the licences."""

import importlib.metadata
import runpy
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import pytest

from installer import bill, contents, freezing, licences
from installer.building_place import newest_cpu_release
from installer.collected import Component, find_components
from installer.product import PROGRAMS
from installer.recipe import STAND_INS, is_left_out

MADE_AT = 1_764_000_000.0


@pytest.fixture
def folder(tmp_path):
    inside = tmp_path / "AhashDesktop" / "_internal"
    for name, size in {
        "torch/lib/libtorch_cpu.so": 900,
        "PySide6/Qt/lib/libQt6Core.so.6": 500,
        "models/birds/weights.safetensors": 70,
        "libssl.so.3": 30,
        "odd/thing.txt": 1,
    }.items():
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_bytes(b"x" * size)
    return tmp_path / "AhashDesktop"


def test_files_are_listed_in_order_with_their_digests(folder):
    files = contents.packed_files(folder)
    assert [file.place for file in files] == sorted(file.place for file in files)
    lines = contents.listing(files).splitlines()
    assert len(lines) == 5
    assert lines[0].split() == [files[0].sha256, "500", files[0].place]


def test_large_parts_come_first(folder):
    assert contents.large_parts(contents.packed_files(folder)) == [
        ("torch", 900),
        ("Qt", 500),
        ("models of the program", 70),
        ("system libraries and Python", 30),
        ("everything else", 1),
    ]


def test_the_bill_names_components_and_models_and_is_the_same_each_time(folder):
    parts = [
        Component("NumPy", "2.4", "pkg:pypi/numpy@2.4", "BSD-3-Clause"),
        Component("odd", "1", "pkg:pypi/odd@1", "a licence of its own"),
    ]
    files = contents.packed_files(folder)
    told = bill.bill_of_materials(parts, files, MADE_AT)
    assert told == bill.bill_of_materials(parts, files, MADE_AT)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.5")
    assert told["metadata"]["timestamp"] == "2025-11-24T16:00:00Z"
    numpy, odd, model = told["components"]
    assert numpy["licenses"] == [{"expression": "BSD-3-Clause"}]
    assert odd["licenses"] == [{"license": {"name": "a licence of its own"}}]
    assert (model["type"], model["name"]) == ("machine-learning-model", "birds")
    refs = [entry["bom-ref"] for entry in told["components"]]
    assert told["dependencies"][0]["dependsOn"] == refs
    assert len(set(refs)) == len(refs)


def test_components_are_found_by_the_files_that_were_taken(tmp_path):
    site_packages = Path(sysconfig.get_path("purelib"))
    origins = [("PIL/Image.py", site_packages / "PIL" / "Image.py"), ("x", tmp_path / "x")]
    found = {
        component.name.lower(): component for component in find_components(origins, site_packages)
    }
    assert set(found) == {"pillow", "cpython"}
    version = importlib.metadata.version("pillow")
    assert found["pillow"].purl == f"pkg:pypi/pillow@{version}"
    assert found["pillow"].files
    assert found["cpython"].files


def test_every_component_has_its_licence_in_the_folder(folder, tmp_path):
    text = tmp_path / "COPYING"
    text.write_text("do as you like")
    with_text = Component("good thing", "1", "pkg:pypi/good-thing@1", "MIT", (text,))
    without = Component("bare", "2", "pkg:pypi/bare@2", "BSD")
    assert licences.gather([with_text, without], folder) == ["bare"]
    place = folder / "licences"
    assert (place / "good_thing" / "COPYING").read_text() == "do as you like"
    overview = (place / "README.txt").read_text(encoding="utf-8")
    assert "bare 2: BSD (no text came with it)" in overview
    assert (place / "ahash-desktop" / "LICENSE").is_file()


@pytest.mark.parametrize(
    ("place", "left_out"),
    [
        ("torch/include/ATen/ATen.h", True),
        ("torch/bin/torch_shm_manager", False),
        ("torch/lib/libtorch_cpu.so", False),
        ("torch\\test\\test.exe", True),
        ("torchvision/_C.so", True),
        ("torchvision/transforms/functional.py", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("models/birds-and-cars-128/weights.safetensors", False),
    ],
)
def test_the_recipe_leaves_out_what_nothing_uses(place, left_out):
    assert is_left_out(place) is left_out


def test_the_description_for_pyinstaller_is_python_and_puts_stand_ins_in_a_list_of_their_own(
    tmp_path,
):
    spec = freezing.write_spec(Path(sys.executable), tmp_path)
    text = spec.read_text(encoding="utf-8")
    compile(text, spec.name, "exec")
    # With the analysed list itself PyInstaller would keep the code of the modules replaced.
    assert "PYZ(analysis.pure" not in text
    assert {path.name for path in tmp_path.glob("*.py")} == {
        "ahash-desktop_entry.py", *(["ahash_entry.py"] if sys.platform != "linux" else []),
        "stand_in.py"
    }  # fmt: skip
    assert all(Path(source).exists() for source, _place in freezing.shipped_data())


def test_stand_ins_are_modules_of_torchvision():
    assert all(name.startswith("torchvision._") for name in STAND_INS)


def test_the_newest_torch_for_the_cpu_is_taken_where_pip_offers_some():
    listing = "torch (2.15.0)\nAvailable versions: 2.15.0, 2.13.0+cpu, 2.9.1+cpu, 2.13.0, 2.5.1+cpu"
    assert newest_cpu_release(listing) == "2.13.0+cpu"
    assert newest_cpu_release("torch (2.15.0)\nAvailable versions: 2.15.0, 2.5.1+cpu") is None
    assert newest_cpu_release("") is None


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("called", ["{name}", "{name}.exe"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_is_the_one_it_is_called_by(tmp_path, monkeypatch, system, called, program):
    monkeypatch.setattr(sys, "platform", system)
    for number, other in enumerate(PROGRAMS):
        module = SimpleNamespace(main=lambda number=number: 40 + number)
        monkeypatch.setitem(sys.modules, other.module, module)
    file_of = PROGRAMS[0].name if system == "linux" else program.name
    entry = tmp_path / called.format(name=program.name)
    entry.write_text(freezing.entry_script(file_of), encoding="utf-8")
    with pytest.raises(SystemExit) as told:
        runpy.run_path(str(entry), run_name="__main__")
    assert told.value.code == 40 + PROGRAMS.index(program)
