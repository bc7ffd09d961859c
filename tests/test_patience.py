"""No test knows for itself how long to wait or what work may cost: see tests/patience.py."""

import ast
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import hygiene, patience

TESTS = Path(__file__).parent
EXEMPT = {Path(patience.__file__), Path(hygiene.__file__), Path(__file__)}
FILES = sorted(set(TESTS.rglob("*.py")) - EXEMPT)

WAITING = {"wait", "join", "acquire", "waitUntil", "waitSignal", "waitSignals", "waitForDone"}
WAITING |= {"communicate", "shut_down", "stop", "sleep", "qWait", "timeout", "Timer"}
CLOCKS = {"monotonic", "perf_counter", "thread_time", "process_time", "time"}
RAISING = ("qtbot", "token", "patience", "super()")
TIMES = re.compile("PATIEN|TIMEOUT|DEADLINE|GRACE", re.IGNORECASE)


def find_impatience(source: str) -> list[str]:
    """Each line of a test that waits by a number of its own, or does not look whether it came."""
    found = []
    for node in ast.walk(ast.parse(source)):
        found += [f"{node.lineno}: {what}" for what in _faults(node)]
    return sorted(found, key=lambda fault: int(fault.partition(":")[0]))


def _faults(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call() if _name(node) in WAITING and any(map(_is_number, node.args)):
            yield "waits for a number of its own"
        case ast.Call() if any(k.arg == "timeout" and _is_number(k.value) for k in node.keywords):
            yield "waits for a number of its own"
        case ast.Expr(ast.Call(ast.Attribute(who, "wait" | "join"), [_, *_])) if not _raises(who):
            yield "does not look whether what it waited for came"
        case ast.BinOp(left, ast.Add(), right) if _tells_time(left) and _is_number(right):
            yield "has a deadline of its own"
        case ast.Compare(left, [ast.Lt()], others) if _tells_time(left) and any(
            map(_is_number, others)
        ):
            yield "allows work a time of its own"
        case ast.Assign([ast.Name(name)], value) if TIMES.search(name) and _is_number(value):
            yield "has a patience of its own"
        case ast.While(body=body) if any(map(_pauses, body)):
            yield "may wait for ever"


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _is_number(node: ast.expr) -> bool:
    """Whether an expression is made of numbers only, and is not 0."""
    constants = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    names = any(isinstance(each, ast.Name | ast.Call) for each in ast.walk(node))
    return not names and any(isinstance(each, int | float) and each for each in constants)


def _raises(who: ast.expr) -> bool:
    """Whether waiting by this cannot end without what was waited for, or is a mere turn."""
    return ast.unparse(who).endswith(RAISING) or isinstance(who, ast.Constant)


def _tells_time(node: ast.expr) -> bool:
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    return any(_name(call) in CLOCKS and not call.args for call in calls)


def _pauses(statement: ast.stmt) -> bool:
    calls = [each for each in ast.walk(statement) if isinstance(each, ast.Call)]
    return any(
        _name(call) == "sleep"
        or (
            (isinstance(call.func, ast.Attribute) and call.func.attr == "wait" and call.args)
            and not _raises(call.func.value)
        )
        for call in calls
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_knows_for_itself_how_long_to_wait(path: Path) -> None:
    assert find_impatience(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "qtbot.waitUntil(holds, timeout=20_000)",
        "assert begun.wait(5)",
        "begun.wait(patience.SOON_S)",
        "thread.join(patience.SOON_S)",
        "process.communicate(timeout=60)",
        "deadline = time.monotonic() + 60",
        "assert time.perf_counter() - began < 5",
        "PATIENCE_MS = 2 * 30_000",
        "mark = pytest.mark.timeout(600)",
        "time.sleep(0.1)",
        "threading.Timer(0.3, resume).start()",
        "while not pending:\n    time.sleep(patience.TICK_S)",
    ],
)
def test_impatience_is_found(line: str) -> None:
    assert find_impatience(line) != []


@pytest.mark.parametrize(
    "line",
    [
        "qtbot.waitUntil(holds)",
        "with qtbot.waitSignal(changed, timeout=patience.LATER_MS): pass",
        "assert began.wait(patience.SOON_S)",
        "qtbot.wait(patience.TURN_MS)",
        "thread.join()",
        "text = ', '.join(words)",
        "for _ in patience.looks(): look()",
    ],
)
def test_patience_is_left_alone(line: str) -> None:
    assert find_impatience(line) == []


def test_waiting_for_what_never_comes_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SOON_S", 0.01)
    monkeypatch.setattr(patience, "TEST_S", 0.01)
    never = threading.Event()
    held = threading.Thread(target=never.wait, name="held")
    held.start()
    for wait in (patience.wait_for, patience.hold):
        with pytest.raises(AssertionError):
            wait(never)
    with pytest.raises(AssertionError, match="held did not end"):
        patience.join(held)
    with pytest.raises(AssertionError, match="never came"):
        list(patience.looks(0.01))
    never.set()
    patience.join(held)


def test_a_budget_is_larger_where_the_machine_is_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FACTOR", 1.0)
    with patience.Budget() as budget:
        pass
    assert budget.slowness >= 1
    assert budget.allows(0.9, 1.0)
    assert not budget.allows(1.1 * budget.slowness, 1.0)
    work = patience._work
    monkeypatch.setattr(patience, "_work", lambda: 50 * work())
    with patience.Budget() as slower:
        pass
    assert slower.allows(10.0, 1.0)


def test_looking_goes_on_until_it_holds() -> None:
    began = time.monotonic()
    patience.until(lambda: time.monotonic() > began)
