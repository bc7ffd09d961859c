import re
import shlex
import tomllib
from pathlib import Path

import pytest

from ahash_desktop import __version__
from ahash_desktop.cli.main import make_parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/**/*.md")])


def ahash_commands():
    """The words of every `ahash` command in the README's code blocks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
        for line in block.splitlines():
            for command in line.partition(" #")[0].split(";"):
                words = shlex.split(command)
                if words[:1] == ["ahash"]:
                    yield words[1:]


@pytest.mark.parametrize("words", list(ahash_commands()), ids=" ".join)
def test_every_command_of_the_readme_is_understood(words):
    assert callable(make_parser().parse_args(words).run)


def test_the_readme_leads_with_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    assert blocks[:2] == ["python3 -m ahash_desktop [FOLDER]\n", "python3 -m tests\n"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_what_the_architecture_names_is_there():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    names = re.findall(r"`([\w./]+(?:/|\.py|\.toml))`", text)
    places = (ROOT, ROOT / "ahash_desktop")
    assert len(names) > 30
    assert [name for name in names if not any((p / name).exists() for p in places)] == []


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    for requirement in project["dependencies"]:
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
        assert f"| {name} | `{bounds}` |" in text
    extras = project["optional-dependencies"]
    for requirement in [*extras["dev"], *extras["installer"]]:
        name = requirement.partition(">")[0]
        assert f"`{name}`" in text


def test_the_changelog_speaks_of_this_version():
    assert __version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
