"""What `explain` shows: lines that go and stay in the form of rule examples, reasons below them, nothing that steers a terminal."""

from __future__ import annotations

from cleaner.config import Options
from cleaner.emit.explain import Look, explain_page
from cleaner.emit.render import render
from cleaner.model import Confidence, Decision, Document, Label, Reason, Result
from cleaner.text.page import make_page

TEXT = "Bridge opens\n\nPhoto: Ann Lee\nRead also: mayor\nMore of this\nThe bridge opens (Reuters) on Monday.\n"


def label(passage: str, reason: Reason, author: str, evidence: str = "", item: int = 0, probability: float | None = None) -> Label:
    start = TEXT.index(passage)
    return Label(start, start + len(passage), reason, author, Confidence.CERTAIN, evidence, probability, item=item)


LABELS = (
    label("Photo: Ann Lee", Reason.CREDIT, "en.captions.photo", 'starts "Photo:"'),
    label("Read also: mayor", Reason.RELATED, "core", "run", 1, 0.25),
    label("More of this", Reason.RELATED, "core", "run", 1, 0.011),
    label("(Reuters)", Reason.SOURCE, "any.source.agency"),
)


def result(text: str = TEXT, labels: tuple[Label, ...] = LABELS, name: str = "page") -> Result:
    return render(make_page(Document(name, text, metadata={"published": "2023-09-05"})), Decision(labels), Options(), alone=True)


def body(lines: list[str]) -> list[str]:
    """What stands between the head and the foot."""
    first = lines.index("")
    return lines[first + 1 : lines.index("", first + 1)]


def test_lines_stand_as_in_rule_examples_with_reasons_below() -> None:
    shown = list(explain_page(result(), Look()))

    assert body(shown) == [
        "  Bridge opens",
        "- Photo: Ann Lee",
        '    ↳ credit · en.captions.photo · starts "Photo:"',
        "- Read also: mayor",
        "- More of this",
        "    ↳ related · core · run · probability 0.01 to 0.25 · item 1",
        "  The bridge opens ⟦(Reuters) ⟧on Monday.",
        "    ↳ source · any.source.agency",
    ]
    assert "published: 2023-09-05" in shown


def test_no_line_is_lost() -> None:
    """The lines behind their marks are the lines of the text."""
    shown = body(list(explain_page(result(), Look())))

    lines = [line[2:].replace("⟦", "").replace("⟧", "") for line in shown if not line.startswith("    ")]

    assert lines == [line for line in TEXT.splitlines() if line]


def test_terminal_isolates_every_passage() -> None:
    shown = body(list(explain_page(result(), Look(terminal=True))))

    assert all(line.count("\u2068") == line.count("\u2069") == 1 for line in shown if "↳" not in line)


def test_colour_is_closed_on_every_line() -> None:
    shown = list(explain_page(result(), Look(terminal=True, colour=True)))

    assert any("\x1b[31m" in line for line in shown)
    assert all(line.count("\x1b[0m") == line.count("\x1b[") - line.count("\x1b[0m") for line in shown)


def test_hints_are_shown_on_demand() -> None:
    hint = Label(0, 6, Reason.BYLINE, "en.bylines.guess", Confidence.HINT)
    page = make_page(Document("page", TEXT))
    flagged = render(page, Decision(LABELS, (hint,)), Options(), alone=True)

    assert "    ? byline · en.bylines.guess: Bridge" in list(explain_page(flagged, Look(hints=True)))
    assert not [line for line in explain_page(flagged, Look()) if "?" in line]


def test_names_cannot_steer_the_terminal() -> None:
    shown = "\n".join(explain_page(result(name="a\x1b[2Jb\nc"), Look()))

    assert "\x1b" not in shown
    assert shown.startswith("a [2Jb c\n")


def test_glued_lines_are_shown_as_two() -> None:
    text = "عن المشروع\nتدريبات مشتركةوقال وزير المدينة أمس إن المشروع الجديد سيبدأ بعد أن وافق المجلس على الخطة كلها وإن العمل فيه لن يتوقف أبدا.\n"

    shown = body(list(explain_page(result(text, ()), Look())))

    assert [line[:20] for line in shown][1:] == ["  تدريبات مشتركة", "  وقال وزير المدينة "]


def test_an_empty_text_has_a_page_too() -> None:
    assert list(explain_page(result("", ()), Look()))[1].startswith("0 of 0 characters kept (0 %)")
