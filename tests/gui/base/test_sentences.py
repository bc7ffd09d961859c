"""Sentences of the layers below are all known to the window, and reach it in its language."""

import json
import re
import runpy
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from ahash_desktop.core.errors import ShortageError, UserFacingError
from ahash_desktop.core.paths import resources_folder
from ahash_desktop.core.updates import Hold, HoldKind
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.base.sentences import CONTEXT, sentence_text
from ahash_desktop.gui.base.wording import error_text, hold_text
from ahash_desktop.gui.library.problem_table import ProblemColumn
from ahash_desktop.services.hindrances import hold_of

ROOT = resources_folder().parent
FINDER = runpy.run_path(str(ROOT / "docs" / "find_sentences.py"))
PACKAGE = ROOT / "ahash_desktop"
LISTED = json.loads((ROOT / "resources" / "translations" / "sentences.json").read_text("utf-8"))
CHINESE = re.compile("[\u4e00-\u9fff]")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def test_every_sentence_below_the_window_can_be_followed_to_its_words():
    lost = [each for each in FINDER["find_sentences"](PACKAGE) if each.template is None]
    assert lost == [], "say it with words of its own, or add its table to docs/find_sentences.py"


def test_the_list_that_the_window_knows_them_by_is_up_to_date():
    assert FINDER["find_templates"](PACKAGE) == LISTED, "run docs/update_translations.py"


def test_what_every_kind_of_error_says_is_found():
    def kinds(error: type) -> set[str]:
        ours = {error.__name__} if error.__module__.startswith("ahash_desktop.") else set()
        return ours.union(*(kinds(kind) for kind in error.__subclasses__()))

    assert kinds(UserFacingError) <= FINDER["ERRORS"]


def test_no_sentence_below_the_command_line_speaks_of_its_words():
    of_commands = re.compile(r"(?<![\w-])--?[a-z][\w-]*|\bahash\s+[a-z]\w*")
    assert [text for text in LISTED if of_commands.search(text)] == []


def test_a_sentence_is_found_however_it_is_put_together(tmp_path):
    module = tmp_path / "core" / "said.py"
    module.parent.mkdir()
    module.write_text(
        "REMEDY = 'Try again'\n"
        "def wrong(what: str) -> UserFacingError:\n"
        "    return UserFacingError(what, remedy=REMEDY)\n"
        "def work(name, found):\n"
        "    if found:\n"
        "        raise wrong(f'no {name!r} in ' f'{found}')\n"
        "    raise UserFacingError('one' if name else 'other', remedy='All: ' + ','.join(found))\n"
        "    raise UserFacingError(made_up())\n"
    )
    found = [(each.template, each.source) for each in FINDER["find_sentences"](tmp_path)]
    templates = {template for template, _ in found if template}
    assert templates == {"Try again", "no {0} in {1}", "one", "other", "All: {0}"}
    assert [source for template, source in found if template is None] == ["made_up()"]


def test_every_sentence_reaches_the_window_translated(language):
    assert [text for text in LISTED if not reaches_the_window(text, language)] == []


def reaches_the_window(template: str, language: str) -> bool:
    values = [f"<{number}>" for number in range(len(re.findall(r"\{\d\}", template)))]
    said = template.format(*values)
    if language == "en":
        return sentence_text(said) == capital(said)
    translated = QCoreApplication.translate(CONTEXT, template)
    return (
        bool(CHINESE.search(translated) or template.startswith("{0}"))
        and sentence_text(said) == capital(translated.format(*values))
        and sentence_text(capital(said)) == sentence_text(said)
    )


def test_what_a_sentence_quotes_is_translated_too(language):
    error = UserFacingError(
        "cannot read this picture (the file cannot be read: Permission denied)",
        path=Path("bird.jpg"),
        remedy="Choose another picture",
    )
    assert error_text(error) == (
        capital(str(error))
        if language == "en"
        else "无法读取此图片（文件无法读取：没有权限）：bird.jpg。请换一张图片。"
    )


def test_an_unknown_sentence_stays_as_it_is(language):
    assert sentence_text("no such words: 7") == "No such words: 7"


def test_what_an_update_waits_for_is_translated(language):
    hold = hold_of(ShortageError("the disk of the library is full", remedy="Update the program"))
    wanted = {"en": "The disk of the library is full. Update the program."}
    assert hold_text(hold) == wanted.get(language, "图库所在的磁盘已满。请更新程序。")
    assert hold_text(Hold(HoldKind.PAUSED))


def test_the_problems_list_and_the_failure_dialog_speak_the_language(qtbot, language, full_window):
    dialog = full_window.library.dialogs.show_problems()
    reason = dialog._model.index(0, ProblemColumn.REASON).data()
    failure = FailureDialog(UserFacingError("the library is damaged"))
    qtbot.addWidget(failure)
    heading = failure.layout().itemAt(0).widget().text()
    if language == "en":
        assert (reason, heading) == (
            "The file does not contain a picture",
            "The library is damaged",
        )
    else:
        assert (reason, heading) == ("文件中没有图片", "图库已损坏")
    dialog.close()
