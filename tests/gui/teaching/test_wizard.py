"""A lesson from the menu to the model in use, by mouse and by keys, on tiny kinds."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.grid.photo_row import Mark
from ahash_desktop.gui.teaching.curve_chart import Curve
from ahash_desktop.gui.teaching.step_rail import Step
from ahash_desktop.gui.window.palette import CommandPalette
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.findings import Finding, FindingKind, Remedy
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import Depth
from tests import patience
from tests.gui.teaching.conftest import KINDS, N_PHOTOS
from tests.gui.window.test_window import texts


def names(wizard) -> list[str]:
    model = wizard.choose.kind_model
    return [model.kind_at(row).name for row in range(model.rowCount())]


def choose(wizard, *kinds: str) -> None:
    selection = wizard.choose.kinds.selectionModel()
    selection.clearSelection()
    for kind in kinds:
        index = wizard.choose.kind_model.index(wizard.choose.kind_model.row_of(kind), 0)
        selection.select(index, selection.SelectionFlag.Select)
    wizard.choose.kinds.setFocus()


def to_set_up(qtbot, wizard) -> None:
    wizard.go_on()
    qtbot.waitUntil(lambda: wizard.check.may_go_on)
    wizard.go_on()
    assert wizard.step == Step.SET_UP
    qtbot.waitUntil(lambda: wizard.set_up.may_go_on and wizard.set_up.base.count() > 0)


def teach(qtbot, wizard, window) -> None:
    to_set_up(qtbot, wizard)
    wizard.set_up.name.setText("ducks")
    with qtbot.waitSignal(window.teaching.control.judged):
        wizard.go_on()
    qtbot.waitUntil(lambda: wizard.step == Step.JUDGE)


@pytest.mark.parametrize("word", ["teach", "train", "learn", "species"])
def test_the_palette_finds_lessons_by_what_people_call_them(window, word):
    palette = window.desktop.open_palette()
    assert isinstance(palette, CommandPalette)
    palette._field.setText(word)
    assert palette._list.item(0).data(Qt.ItemDataRole.UserRole) is window.commands.teach
    palette.reject()


def test_lessons_begin_from_the_first_page_and_from_folders_of_the_library(
    qtbot, window, kind_folders
):
    window.library.first_run._teach.click()
    wizard = window.teaching.wizard
    assert wizard.isVisible()
    assert "Drop folders here" in texts(wizard)
    wizard._close.click()
    assert window.library.first_run.isVisible()
    window.catalogue.add_folders([kind_folders])
    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == 3 * N_PHOTOS)
    dialog = window.library.dialogs.show_folders()
    dialog._list.selectAll()
    dialog._teach.click()
    qtbot.waitUntil(lambda: names(wizard) == sorted(KINDS))
    assert wizard.isVisible()
    assert wizard.choose._from_library.isEnabled()


def test_folders_that_are_dropped_are_taken_in_with_their_counts(qtbot, wizard, kind_folders):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(kind_folders))])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    wizard.choose.dropEvent(event)
    assert event.isAccepted()
    qtbot.waitUntil(lambda: names(wizard) == sorted(KINDS))
    assert "3 kinds, 15 photos" in texts(wizard)


def test_kinds_are_renamed_merged_left_out_and_it_is_all_undone(qtbot, chosen):
    list_view, model = chosen.choose.kinds, chosen.choose.kind_model
    model.setData(model.index(model.row_of("Teal"), 0), "Garganey")
    qtbot.waitUntil(lambda: "Garganey" in names(chosen))
    list_view.merge_wanted.emit(["Garganey"], "Gadwall")
    qtbot.waitUntil(lambda: "Garganey" not in names(chosen))
    assert model.kind_at(model.row_of("Gadwall")).n_photos == 2 * N_PHOTOS
    choose(chosen, KINDS[2])
    QTest.keyClick(list_view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(chosen) == ["Gadwall"])
    assert not chosen.choose.may_go_on
    for expected in (["Gadwall", KINDS[2]], ["Gadwall", "Garganey", KINDS[2]], sorted(KINDS)):
        QTest.keyClick(list_view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda expected=expected: names(chosen) == expected)


def test_several_kinds_become_one_under_a_name_that_is_typed(qtbot, chosen):
    choose(chosen, "Gadwall", "Teal")
    QTest.keyClick(chosen.choose.kinds, Qt.Key.Key_M)
    dialog = chosen.choose.findChild(QInputDialog)
    dialog.setTextValue("Dabbling ducks")
    dialog.accept()
    qtbot.waitUntil(lambda: names(chosen) == ["Dabbling ducks", KINDS[2]])


def finding(kind: FindingKind, photos, **others) -> Finding:
    return Finding(kind, Notice("This photo may show another kind"), photos, **others)


def test_findings_are_fixed_ignored_left_out_and_taken_back(qtbot, chosen, worker, window):
    doubt = finding(
        FindingKind.DOUBTFUL_LABEL,
        (worker.photos[0],),
        kinds=("Gadwall",),
        beside=tuple(worker.photos[5:8]),
        suggested="Teal",
        remedies=(Remedy.FIX, Remedy.IGNORE, Remedy.EXCLUDE),
    )
    broken = finding(FindingKind.UNREADABLE, (worker.photos[1],), is_blocking=True)
    worker.findings = (doubt, broken)
    chosen.go_on()
    check = chosen.check
    qtbot.waitUntil(lambda: check.finding_model.rowCount() == 2)
    assert check.finding_model.finding_at(0) == broken
    check.findings.setCurrentIndex(check.finding_model.index(1, 0))
    qtbot.waitUntil(check._beside.isVisible)
    assert check._photos.y() == check._beside.y(), "a suspect stands beside its neighbours"
    assert window.minimumSizeHint().height() <= 640, "with room for two bars at 1280 x 720"
    check.findings.setCurrentIndex(check.finding_model.index(0, 0))
    assert not check.may_go_on
    assert not check._ignore.isVisible()
    QTest.keyClick(check.findings, Qt.Key.Key_I)
    assert check.finding_model.rowCount() == 2
    QTest.keyClick(check.findings, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(window.teaching.draft.labelled.photos) == 3 * N_PHOTOS - 1)
    assert "Call it Teal" in check._fix.text().replace("&", "")
    assert [each.mark for each in check._photos.photos] == [Mark.WRONG]
    QTest.keyClick(check.findings, Qt.Key.Key_F)
    kinds = window.teaching.draft
    qtbot.waitUntil(lambda: {k.name: k.n_photos for k in kinds.kinds}["Teal"] == N_PHOTOS + 1)
    qtbot.waitUntil(lambda: check.may_go_on)
    assert "Nothing is the matter" in texts(check)
    check._undo.click()
    assert check.finding_model.rowCount() == 1
    assert {k.name: k.n_photos for k in kinds.kinds}["Teal"] == N_PHOTOS
    assert all(path.is_file() for path in worker.photos)


def test_what_is_shown_of_the_division_is_what_the_lesson_uses(qtbot, chosen, window, tools):
    to_set_up(qtbot, chosen)
    set_up = chosen.set_up
    sides = {photo.path: photo.split for photo in set_up.labelled.photos}
    assert sorted(set(sides.values())) == ["train", "val"]
    model = set_up.sides.photo_model
    path = model._photos[-1].path
    assert sides[path] == "train"
    model.setData(
        model.index(model.rowCount() - 1, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole
    )
    qtbot.waitUntil(lambda: {p.path: p.split for p in set_up.labelled.photos}[path] == "val")
    shown = set_up.labelled
    with qtbot.waitSignal(window.teaching.control.judged):
        chosen.go_on()
    assert tools.lessons.get(window.teaching.control.lesson_id).labelled.photos == shown.photos


def test_the_plan_says_what_was_set_up(qtbot, chosen):
    to_set_up(qtbot, chosen)
    set_up = chosen.set_up
    qtbot.waitUntil(lambda: "about 3 min, 1.4 GB" in texts(set_up))
    set_up.choose_depth(Depth.STANDARD)
    set_up.bits.setCurrentIndex(set_up.bits.findData(64))
    set_up.keeps.setChecked(False)
    set_up.share.setValue(30)
    set_up._more.click()
    set_up.advanced._minutes.setValue(20)
    plan = set_up.plan
    assert (plan.depth, plan.n_bits, plan.keep_knowledge) == (Depth.STANDARD, 64, False)
    assert (plan.validation_share, plan.minutes, plan.n_epochs) == (0.3, 20.0, None)
    assert plan.base == "fake-64"


def test_a_name_that_is_taken_is_refused_while_it_is_typed(qtbot, chosen):
    to_set_up(qtbot, chosen)
    chosen.set_up.name.clear()
    QTest.keyClicks(chosen.set_up.name, "fake-64")
    qtbot.waitUntil(lambda: "There is a model called" in texts(chosen.set_up))
    assert not chosen._next.isEnabled()


def test_a_lesson_is_taught_judged_used_and_gone_back_from(
    qtbot, chosen, window, session, kind_folders
):
    window.catalogue.add_folders([kind_folders])
    qtbot.waitUntil(lambda: not window.catalogue.is_indexing)
    seen = []
    window.teaching.control.progressed.connect(lambda _r: seen.append(texts(chosen.train)))
    teach(qtbot, chosen, window)
    assert any("Memory ran out" in text for text in seen)
    assert any("Gadwall: 2 of 3 right" in text for text in seen)
    assert [curve.points for curve in chosen.train.quality.curves] == [((1.0, 0.7),)]
    assert not window.teaching.bar.isVisible(), "the page says it all"
    judged = texts(chosen.judge)
    assert "Better" in judged
    assert "0.55 before, 0.85 now" in judged
    marks = [each.mark for each in chosen.judge.after.found[0].photos]
    assert marks == [Mark.RIGHT, Mark.WRONG, Mark.RIGHT]
    assert chosen.judge.kind_model.rowCount() == 3
    assert "bit 3 on, bit 5 off" in chosen.judge.name_model.index(0, 0).data()
    chosen.go_on()
    adopt = chosen.adopt
    assert adopt.name.text() == "ducks"
    before = session.model.name
    with qtbot.waitSignal(window.models.changes.changed):
        adopt._adopt.click()
    qtbot.waitUntil(adopt._back.isVisible)
    assert session.model.name == "ducks"
    assert chosen.isVisible(), "the page outlives the change of the model"
    assert before == "fake-64"


def test_a_model_is_only_kept(qtbot, chosen, window, session):
    teach(qtbot, chosen, window)
    chosen.go_on()
    chosen.adopt.name.setText("my ducks")
    chosen.adopt._keep.click()
    qtbot.waitUntil(lambda: "my ducks is among the models now" in texts(chosen.adopt))
    assert session.shelf.get("my ducks")
    assert session.model.name == "fake-64"


def test_a_lesson_that_is_thrown_away_leaves_nothing(qtbot, chosen, window, tools):
    teach(qtbot, chosen, window)
    chosen.go_on()
    chosen.adopt._discard.click()
    qtbot.waitUntil(lambda: not tools.lessons.all())
    assert chosen.step == Step.SET_UP


def test_a_lesson_is_paused_and_goes_on(qtbot, chosen, window, worker):
    worker.holds = lambda token: token.wait_while_paused(patience.SOON_S)
    worker.fails = None
    to_set_up(qtbot, chosen)
    control = window.teaching.control
    control.started.connect(lambda job: job.pause())
    with qtbot.waitSignal(control.progressed):
        chosen.go_on()
    assert "Paused" in texts(chosen.train)
    with qtbot.waitSignal(control.judged):
        chosen.train._pause.click()


def test_a_cancelled_lesson_is_taken_up_again(qtbot, chosen, window, worker):
    worker.holds = lambda token: token.wait_while_paused(patience.SOON_S)
    to_set_up(qtbot, chosen)
    control = window.teaching.control
    control.started.connect(lambda job: job.pause() if worker.holds is not None else None)
    with qtbot.waitSignal(control.progressed):
        chosen.go_on()
    with qtbot.waitSignal(control.ended):
        chosen.train._cancel.click()
    assert "can go on from there" in texts(chosen.train)
    worker.holds = lambda _token: None
    with qtbot.waitSignal(control.judged):
        chosen.train._again.click()


def test_an_unfinished_lesson_is_offered_at_the_next_start(qtbot, chosen, window, worker, tools):
    worker.fails = UserFacingError("the power went", remedy="Try again")
    to_set_up(qtbot, chosen)
    with qtbot.waitSignal(window.teaching.control.failed):
        chosen.go_on()
    qtbot.waitUntil(lambda: not window.teaching.control.is_running)
    assert "The power went" in texts(chosen.train)
    bar = window.teaching.bar
    bar.hide()
    assert isinstance(tools.lessons, Lessons)
    with qtbot.waitSignal(window.teaching.control.unfinished_found):
        window.teaching.start()
    assert bar.isVisible()
    assert "A lesson was broken off" in texts(bar)
    with qtbot.waitSignal(window.teaching.control.judged):
        bar._resume.click()
    assert bar._phase.text() == "Lesson “my ducks”"


def test_the_bar_follows_a_lesson_from_another_page(qtbot, chosen, window):
    to_set_up(qtbot, chosen)
    with qtbot.waitSignal(window.teaching.control.judged):
        chosen.go_on()
        window.commands.back.trigger()
    bar = window.teaching.bar
    qtbot.waitUntil(lambda: "Better" in texts(bar))
    bar._show.click()
    assert chosen.isVisible()
    assert chosen.step == Step.JUDGE


def test_a_row_tells_of_its_photos_by_hovering(chosen):
    row = chosen.judge.after.found[0]
    assert row._photo_at(QPoint(1, 1)) is None


def test_many_findings_of_one_kind_are_ignored_at_once(qtbot, chosen, worker):
    worker.findings = tuple(finding(FindingKind.TINY, (path,)) for path in worker.photos)
    chosen.go_on()
    check = chosen.check
    qtbot.waitUntil(lambda: check.finding_model.rowCount() == len(worker.photos))
    assert f"Ignore all {len(worker.photos)}" in check._all.text()
    check._all.click()
    assert check.finding_model.rowCount() == 0
    assert check.may_go_on


def test_a_curve_never_claims_more_than_there_can_be(chosen):
    chart = chosen.train.quality
    chart.show_curves([Curve("now", ((1.0, 0.9), (2.0, 1.0)))], ("before", 0.8), top=1.0)
    low, high = chart._heights()
    assert low < 0.8
    assert high == 1.0
    chart.show_curves([Curve("now", ((1.0, 0.9),))])
    chart.grab()
    assert "now 0.900" in chart.accessibleDescription()


def test_the_window_goes_out_of_the_way_of_a_lesson(qtbot, chosen, window):
    window.desktop.tray._icon = None
    chosen.train.tray_wanted.emit()
    qtbot.waitUntil(window.isMinimized)
    window.showNormal()
