"""Finds the sentences that the layers below the window say to people: errors, problems, reasons.

They are written in English where they are raised, and translated in the window as a whole
(`ahash_desktop/gui/base/sentences.py`). What stands for a value becomes a numbered placeholder:
f"there is no bit {bit}" is "there is no bit {0}".
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PLACEHOLDER = re.compile(r"\{\d\}")

LAYERS = (
    "core",
    "imaging",
    "hashing",
    "store",
    "training",
    "engine",
    "services",
    "gui",
    "app.py",
)
"""What the window runs on; the command line speaks to people of its own."""

ERRORS = {
    "DecodeError",
    "LibraryDamagedError",
    "LibraryDeletedError",
    "LibraryForeignError",
    "LibraryLostError",
    "ModelMissingError",
    "OtherRunError",
    "ProcessEndedError",
    "ShortageError",
    "StateLostError",
    "UserFacingError",
}
SAYING = {*ERRORS, "Notice", "Problem", "Hold"}
"""What carries a sentence; a function that returns one of these says what it is given."""

TOLD_AS_ERRORS = {"ManifestError", "XmpError"}
"""Errors whose text becomes part of a sentence."""

SECOND = {"Problem", "Hold", "refusal"}
"""Those whose second argument is the sentence; for others it is the first."""

TABLES = {"_CAUSES"}
"""Constants that hold nothing but sentences."""

SAID = {"what", "remedy", "reason", "told"}
"""Names that hold sentences which are found where they come from."""

SYSTEM = (
    "Permission denied",
    "Operation not permitted",
    "No space left on device",
    "Disk quota exceeded",
    "Read-only file system",
    "No such file or directory",
    "Not a directory",
    "Is a directory",
    "File exists",
    "File name too long",
    "Input/output error",
    "Device or resource busy",
    "Stale file handle",
    "Too many open files",
    "Connection timed out",
    "Host is down",
    "No such device",
    "Transport endpoint is not connected",
)
"""What systems say of files; it stands in brackets in other sentences."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it is said; None for one that cannot be followed to its words."""

    where: str
    source: str
    template: str | None


def find_sentences(package: Path) -> list[Sentence]:
    """All sentences of a package's layers, in the order of their files."""
    return [
        Sentence(f"{path.relative_to(package)}:{part.lineno}", ast.unparse(part), template)
        for layer in LAYERS
        for path in _modules(package / layer)
        for part, template in _Module(path).sentences()
    ]


def find_templates(package: Path) -> list[str]:
    """Each sentence of a package once, and those of systems, in alphabetical order."""
    found = {sentence.template for sentence in find_sentences(package) if sentence.template}
    return sorted(found | set(SYSTEM))


def _modules(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


class _Module:
    """What one module says."""

    def __init__(self, path: Path) -> None:
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._sayers = SAYING | TOLD_AS_ERRORS | {"refusal"}
        self._assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.FunctionDef) and node.returns is not None:
                if SAYING & set(ast.unparse(node.returns).replace("|", " ").split()):
                    self._sayers = self._sayers | {node.name}
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._assigned.setdefault(target.id, []).append(node.value)

    def sentences(self) -> Iterator[tuple[ast.expr, str | None]]:
        """Each expression that says something, and its template."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and _name(node.func) in self._sayers:
                for part in _parts(node):
                    yield from self._templates(part, must=_name(node.func) in SAYING)
        for name in TABLES & set(self._assigned):
            for value in self._assigned[name]:
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant | ast.Name):
                        yield from self._templates(part, must=False)

    def _templates(self, part: ast.expr, *, must: bool) -> Iterator[tuple[ast.expr, str | None]]:
        if isinstance(part, ast.IfExp):
            yield from self._templates(part.body, must=must)
            yield from self._templates(part.orelse, must=must)
        elif isinstance(part, ast.Name) and part.id in self._assigned:
            for value in self._assigned[part.id]:
                yield from self._templates(value, must=must and part.id not in SAID)
        elif isinstance(part, ast.Constant | ast.JoinedStr | ast.BinOp):
            template = _template(part)
            if _PLACEHOLDER.sub("", template).strip():
                yield part, template
        elif must and not self._is_passed_on(part):
            yield part, None

    def _is_passed_on(self, part: ast.expr) -> bool:
        """Whether the sentence comes from elsewhere, where it is found or translated already."""
        if isinstance(part, ast.Call):
            return _name(part.func) in {"str", "tr", "translate"} | self._sayers
        return (isinstance(part, ast.Name) and part.id in SAID) or (
            isinstance(part, ast.Attribute) and part.attr in SAID
        )


def _parts(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that may be sentences."""
    name = _name(call.func)
    if name in SECOND:
        first = call.args[1:2]
    elif name in SAYING | TOLD_AS_ERRORS:
        first = call.args[:1]
    else:
        first = [a for a in call.args if isinstance(a, ast.Constant | ast.JoinedStr | ast.IfExp)]
    return [*first, *(k.value for k in call.keywords if k.arg in SAID)]


def _template(part: ast.expr) -> str:
    """The words of a string, with numbers in braces for what is filled in."""
    words: list[str | None] = []

    def gather(piece: ast.expr) -> None:
        if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
            words.append(piece.value)
        elif isinstance(piece, ast.JoinedStr):
            for each in piece.values:
                gather(each)
        elif isinstance(piece, ast.BinOp) and isinstance(piece.op, ast.Add):
            gather(piece.left)
            gather(piece.right)
        else:
            words.append(None)

    gather(part)
    numbers = iter(range(len(words)))
    return "".join(f"{{{next(numbers)}}}" if word is None else word for word in words)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
