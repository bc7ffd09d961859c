"""What came of a lesson, before anything is changed by it: before and after, side by side."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.rows import Column, RowsModel, table_of
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import (
    duration_text,
    number_text,
    photos_text,
    signed_text,
    translate,
)
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.confusion_pane import ConfusionPane
from ahash_desktop.gui.teaching.query_rows import QueryRows
from ahash_desktop.gui.teaching.verdict_banner import VerdictBanner
from ahash_desktop.gui.teaching.wizard_page import WizardPage
from ahash_desktop.training.ask.lesson import KindName, KindScore, LessonReport, Measured

_PERCENT = 100
_N_MATCHES = 5
_EDGE_PX = 52


class JudgePage(WizardPage):
    """Shows a report in tabs below the verdict."""

    def __init__(
        self, pictures: FilePictures, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(translate("judge", "Did it get better?"), "", parent)
        self.report: LessonReport | None = None
        self.banner = VerdictBanner(colours)
        self.before = QueryRows(pictures, colours, _EDGE_PX, n_matches=_N_MATCHES)
        self.after = QueryRows(pictures, colours, _EDGE_PX, n_matches=_N_MATCHES)
        self.kind_model = RowsModel(_kind_columns(), lambda score: score.kind, (3, False), self)
        self.name_model = RowsModel(_name_columns(), lambda name: name.kind, (1, True), self)
        self.kind_table = table_of(
            self.kind_model, self.tr("Kinds before and after"), {1: 110, 2: 110, 3: 110, 4: 130}, 0
        )
        self.name_table = table_of(
            self.name_model, self.tr("Bits that fire for a kind"), {1: 130}, 0
        )
        self.kind_table.setSortingEnabled(True)
        self.confusions = ConfusionPane(pictures, colours)
        self._figures = QGridLayout()
        self._rest = label(wraps=True)
        self._names_note = label(role="soft", wraps=True)
        self.tabs = QTabWidget()
        self._lay_out()

    @property
    def may_go_on(self) -> bool:
        return self.report is not None

    @property
    def next_text(self) -> str:
        return self.tr("&Use it…")

    def enter(self) -> None:
        self.tabs.tabBar().setFocus()

    def set_colours(self, colours: Colours) -> None:
        for part in (self.banner, self.before, self.after, self.confusions):
            part.set_colours(colours)

    def show_report(self, report: LessonReport) -> None:
        """Shows what came of a lesson."""
        self.report = report
        self.banner.show_verdict(report.verdict, report.why)
        self._show_figures(report)
        self.before.show_queries(report.before_queries)
        self.after.show_queries(report.after_queries)
        self.kind_model.show_entries(report.kinds)
        self.kind_table.sortByColumn(3, Qt.SortOrder.AscendingOrder)
        self.name_model.show_entries(report.names)
        self.confusions.show_confusions(report.confusions)
        self._rest.setText(_rest_text(report))
        self._names_note.setText(self._bits_text(report))
        self.say(
            self.tr("{photos} in {kinds} kinds taught in {time}; judged by {kept}").format(
                photos=photos_text(report.n_photos),
                kinds=report.n_kinds,
                time=duration_text(report.seconds),
                kept=photos_text(report.n_validating),
            )
        )
        self.state_changed.emit()

    def _lay_out(self) -> None:
        self._figures.setHorizontalSpacing(28)
        self._figures.setVerticalSpacing(6)
        figures = QWidget()
        column = QVBoxLayout(figures)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._figures)
        column.addWidget(label(self.tr("The rest of the library"), "heading"))
        column.addWidget(self._rest)
        column.addStretch(1)
        names = QWidget()
        column = QVBoxLayout(names)
        column.setContentsMargins(0, 12, 0, 0)
        column.addWidget(self._names_note)
        column.addWidget(self.name_table, 1)
        for widget, name in (
            (_scrolled(self._searches()), self.tr("Four searches")),
            (_scrolled(figures), self.tr("Figures")),
            (self.kind_table, self.tr("Kinds")),
            (self.confusions, self.tr("Mixed up")),
            (names, self.tr("Names of bits")),
        ):
            self.tabs.addTab(widget, name)
        self._body.addWidget(self.banner)
        self._body.addWidget(self.tabs, 1)

    def _searches(self) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 12, 0, 0)
        row.setSpacing(28)
        for title, rows in ((self.tr("Before"), self.before), (self.tr("After"), self.after)):
            column = QVBoxLayout()
            column.addWidget(label(title, "heading"))
            column.addWidget(rows)
            column.addStretch(1)
            row.addLayout(column, 1)
        return made

    def _show_figures(self, report: LessonReport) -> None:
        while (item := self._figures.takeAt(0)) is not None:
            part = item.widget()
            if part is not None:
                part.deleteLater()
        if report.before is None or report.after is None:
            self._figures.addWidget(label(self.tr("No photos were kept back to judge by."), "soft"))
            return
        for number, title in enumerate((self.tr("Before"), self.tr("After")), start=1):
            self._figures.addWidget(label(title, "soft"), 0, number)
        for number, row in enumerate(_figures(report.before, report.after), start=1):
            for place, text in enumerate(row):
                self._figures.addWidget(label(text, "" if place else "soft"), number, place)
        self._figures.setColumnStretch(3, 1)
        if report.difference_95 is not None:
            low, high = report.difference_95
            text = self.tr("Difference by codes: {low} to {high} (95 %)").format(
                low=signed_text(low, 3), high=signed_text(high, 3)
            )
            self._figures.addWidget(label(text), 4, 0, 1, 4)

    def _bits_text(self, report: LessonReport) -> str:
        parts = [
            self.tr(
                "A photo is of a kind where the bits have the values shown. AUROC 1.00 is "
                "perfect, 0.50 no better than chance."
            ),
            self.tr("{count} named bits kept their meaning.").format(count=report.named_bits_kept),
        ]
        if report.silent_bits:
            named = ", ".join(report.silent_bits[:6])
            parts.append(self.tr("These say nothing any more: {names}.").format(names=named))
        return " ".join(parts)


def _figures(before: Measured, after: Measured) -> list[tuple[str, str, str]]:
    def interval(measured: Measured) -> str:
        low, high = measured.by_codes_95
        return f"{_number(measured.by_codes)}  ({_number(low)} – {_number(high)})"

    return [
        (
            translate("judge", "As searches show it (mAP)"),
            _number(before.as_shown),
            _number(after.as_shown),
        ),
        (
            translate("judge", "By codes (mAP, 95 % interval)"),
            interval(before),
            interval(after),
        ),
        (
            translate("judge", "Right among the first ten"),
            _share(before.precision_at_10),
            _share(after.precision_at_10),
        ),
    ]


def _rest_text(report: LessonReport) -> str:
    rest = report.rest
    if rest is None:
        return translate("judge", "There were no other photos to look at.")
    parts = [
        translate("judge", "Of the ten nearest photos, {share} are the same as before.").format(
            share=_share(rest.kept_neighbours)
        )
    ]
    if rest.known_before is not None and rest.known_after is not None:
        parts.append(
            translate(
                "judge",
                "{count} kinds it was not taught now: {before} before, {after} after (mAP).",
            ).format(
                count=rest.n_known_kinds,
                before=_number(rest.known_before),
                after=_number(rest.known_after),
            )
        )
    return " ".join(parts)


def _kind_columns() -> tuple[Column[KindScore], ...]:
    return (
        Column(
            translate("judge", "Kind"),
            lambda each: each.kind,
            lambda each: each.kind,
            lambda each: each.kind.casefold(),
        ),
        Column(
            translate("judge", "Before"),
            lambda each: _number(each.before),
            sort_key=lambda each: each.before,
        ),
        Column(
            translate("judge", "After"),
            lambda each: _number(each.after),
            sort_key=lambda each: each.after,
        ),
        Column(
            translate("judge", "Gained"),
            lambda each: signed_text(each.after - each.before, 3),
            sort_key=lambda each: each.after - each.before,
        ),
        Column(
            translate("judge", "Asked with"),
            lambda each: photos_text(each.n_queries),
            sort_key=lambda each: each.n_queries,
        ),
    )


def _name_columns() -> tuple[Column[KindName], ...]:
    return (
        Column(
            translate("judge", "Kind"), _name_text, _name_text, lambda each: each.kind.casefold()
        ),
        Column("AUROC", lambda each: _number(each.auroc), sort_key=lambda each: each.auroc),
    )


def _name_text(each: KindName) -> str:
    bits = ", ".join(
        translate("judge", "bit {number} on").format(number=bit)
        if on
        else translate("judge", "bit {number} off").format(number=bit)
        for bit, on in zip(each.bits, each.is_on, strict=False)
    )
    return f"{each.kind}:  {bits}"


def _number(value: float) -> str:
    return number_text(value, 3)


def _share(value: float) -> str:
    return f"{number_text(value * _PERCENT)} %"


def _scrolled(widget: QWidget) -> QScrollArea:
    scroll = QScrollArea(widgetResizable=True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(widget)
    return scroll
