"""Rules mined from finished pages: what recurs as furniture is proposed, what is a title or a story is not, and the files pass `rules check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rulebook import rule

from cleaner.rules.check import check_rules
from cleaner.rules.compile import compile_rules
from cleaner.rules.load import read_rules
from cleaner.rules.mine import Form, Wording, mine_wordings, take_census
from cleaner.rules.model import Rule, Scope, Standing
from cleaner.rules.observed import Cut, Finished, observe
from cleaner.rules.suggest import Mined, suggest_rules
from cleaner.rules.write import write_suggestions

NONE = compile_rules([])
TOWNS = "Alder Birch Cedar Dogwood Elm Fir Gorse Hazel Ivy Juniper Kelp Laurel Maple Nettle Oak Pine".split()


def story(town: str, n: int) -> list[str]:
    """A title and paragraphs that stay."""
    said = [
        f"The council of {town} told the paper on day {n} that work at site {k} will go on for another {k} weeks in the town." for k in range(1, 5)
    ]
    return [f"{town} to mend bridge number {n}", *said]


def finished(name: str, site: str, kept: list[str], gone: list[str], head: list[str] = ()) -> Finished:  # type: ignore[assignment]
    """A page: `head` and `gone` were removed, `kept` stayed between them."""
    lines = [(line, True) for line in head] + [(line, False) for line in kept] + [(line, True) for line in gone]
    cuts, at = [], 0
    for line, removed in lines:
        if removed:
            cuts.append(Cut(at, at + len(line), "other", "core"))
        at += len(line) + 1
    return Finished(name, site, "en", "\n".join(line for line, _ in lines), tuple(cuts))


def corpus(sites: int = 3, pages: int = 8) -> Iterator[Finished]:
    """Sites that share a heading and a button; each page ends with the heading, titles of other pages and a paragraph."""
    for s in range(sites):
        for n in range(pages):
            towns = [TOWNS[(n * 5 + s * 3 + k * 7 + 1) % len(TOWNS)] for k in range(3)]
            others = [f"{town} to mend bridge number {(n * 3 + k + 1) % pages}" for k, town in enumerate(towns)]
            tail = [
                "Stories from the shire:",
                *others,
                f"People in {towns[0]} waited {n} hours by the road to see the mayor come home from the far hills.",
            ]
            kept = [*story(TOWNS[(n + s * 5) % len(TOWNS)], n), f"Have a look, too: {others[1]}"]
            yield finished(f"{s}-{n}", f"site{s}.example", kept, ["Ring the village bell", *tail], [f"Printed on {n + 1}.{s + 1}.2024"])


@pytest.fixture(scope="module")
def mined() -> Mined:
    return suggest_rules(corpus(), NONE)


def texts(mined: Mined, **wanted: object) -> set[str]:
    return {
        one.typed for some in mined.suggestions for one in some.wordings if all(getattr(some.rule, name) == value for name, value in wanted.items())
    }


def test_lines_headings_and_labels_of_many_sites_become_rules_of_their_language(mined: Mined) -> None:
    assert "Ring the village bell" in texts(mined, domains=(), scope=Scope.LINE)
    assert "Stories from the shire:" in texts(mined, domains=(), marker=True)
    assert "Printed on" in texts(mined, domains=(), reason="date")


def test_a_label_before_titles_of_other_pages_is_found_though_the_run_kept_it(mined: Mined) -> None:
    (suggestion,) = [one for one in mined.suggestions if "Have a look, too:" in one.rule.starts]

    assert suggestion.risk == 1.0
    assert suggestion.rule.reason == "related"


def test_titles_and_paragraphs_are_not_proposed(mined: Mined) -> None:
    assert not [text for text in texts(mined) if "mend bridge" in text or "waited" in text or "council" in text]


def test_a_wording_behind_which_no_story_goes_on_closes_its_site(mined: Mined) -> None:
    closing = [one for one in mined.suggestions if one.rule.scope is Scope.TAIL]

    assert {one.rule.domains[0] for one in closing} == {"site0.example", "site1.example", "site2.example"}
    assert all(one.rule.guard and one.rule.guard.core_before for one in closing)


def test_all_are_on_trial_ranked_and_with_evidence(mined: Mined) -> None:
    worth = [one.chars * (1 - one.risk) for one in mined.suggestions]

    assert worth == sorted(worth, reverse=True)
    assert {one.rule.status for one in mined.suggestions} == {Standing.TRIAL}
    assert all(one.rule.seen and "page" in one.rule.why for one in mined.suggestions)


def test_the_files_are_accepted_as_they_are(mined: Mined, tmp_path: Path) -> None:
    paths = write_suggestions(mined.suggestions, tmp_path)
    rules = read_rules([tmp_path])

    assert {path.relative_to(tmp_path).as_posix() for path in paths} >= {"en/mined.toml", "sites/site0.example.toml"}
    assert {one.id for one in rules} == {one.rule.id for one in mined.suggestions}
    assert [str(finding) for finding in check_rules(rules)] == []


def test_a_folder_that_holds_suggestions_is_not_overwritten(mined: Mined, tmp_path: Path) -> None:
    write_suggestions(mined.suggestions, tmp_path)

    with pytest.raises(ValueError, match="exists already"):
        write_suggestions(mined.suggestions, tmp_path)


def test_the_order_of_pages_does_not_matter(mined: Mined) -> None:
    again = suggest_rules(reversed(list(corpus())), NONE)

    assert {one.rule.id for one in again.suggestions} == {one.rule.id for one in mined.suggestions}


def test_what_rules_removed_already_is_only_counted() -> None:
    pages = [Finished(p.id, p.site, p.lang, p.text, tuple(Cut(c.start, c.end, c.reason, "en.cta.bell") for c in p.cuts)) for p in corpus()]

    assert "Ring the village bell" in {one.typed for one in suggest_rules(pages, NONE).covered}
    assert "Ring the village bell" in texts(suggest_rules(pages, NONE, covered=True))


def test_a_wording_of_one_site_stays_with_it() -> None:
    pages = [*corpus(2), *(finished(f"x{n}", "lone.example", story(TOWNS[n], n + 40), ["Feed the harbour cat"]) for n in range(6))]
    (found,) = [one.rule for one in suggest_rules(pages, NONE).suggestions if "Feed the harbour cat" in one.rule.equals]

    assert found.domains == ("lone.example",)


def wordings(pages: list[Finished]) -> list[Wording]:
    return mine_wordings(take_census(list(observe(pages))))


def test_a_title_that_recurs_among_teasers_is_no_furniture() -> None:
    title = "Otter seen at the mill"
    lead = "The otter was seen at the old mill on the river early in the morning by a man who walked his dog there."
    pages = [finished(f"{n}", "one.example", story(TOWNS[n], n), [title, lead]) for n in range(5)]
    pages += [finished(f"{n}", "one.example", story(TOWNS[n], n), ["Sign the guest book"]) for n in range(5, 12)]

    assert {one.typed for one in wordings(pages)} == {"Sign the guest book"}


def test_a_sub_heading_that_stays_is_no_furniture() -> None:
    pages = [finished(f"{n}", "one.example", [*story(TOWNS[n], n), "What comes next", *story(TOWNS[n], n + 20)[1:]], []) for n in range(8)]

    assert wordings(pages) == []


def test_words_beside_a_number_become_one_wording() -> None:
    pages = [finished(f"{n}", "one.example", story(TOWNS[n], n), [f"{n + 3} quiet remarks"]) for n in range(8)]
    (found,) = suggest_rules(pages, NONE).suggestions

    assert (found.rule.ends, found.wordings[0].spot.form) == (("quiet remarks",), Form.BEHIND)
    assert found.rule.regex


def test_a_near_miss_is_no_line_that_another_rule_is_certain_of() -> None:
    known: Rule = rule("en.cta.look", starts=["have a look"])
    mined = suggest_rules(corpus(), compile_rules([known]))

    misses = [line.text for one in mined.suggestions for line in one.rule.examples[0] if not line.goes]
    assert misses and not [text for text in misses if text.startswith("Have a look")]


def test_dots_end_a_label_too() -> None:
    pages = [finished(f"{n}", "one.example", story(TOWNS[n], n), [f"Peek over.. the mill of {TOWNS[n - 1]} burns"]) for n in range(8)]

    assert [(one.typed, one.lines) for one in wordings(pages) if one.spot.form is Form.LABEL] == [("Peek over..", 8)]


def test_a_heading_that_the_run_kept_on_top_is_no_title_where_lines_of_other_pages_follow() -> None:
    pages = []
    for n in range(8):
        top = ["Most seen today", story(TOWNS[n + 1], n + 1)[1]]
        kept = story(TOWNS[n], n)
        pages.append(finished(f"{n}", f"site{n}.example", [*top, *kept], []) if n == 3 else finished(f"{n}", f"site{n}.example", kept, [], top))

    assert [one.typed for one in wordings([*pages, finished("8", "site8.example", story(TOWNS[8], 8), [])]) if one.heading] == ["Most seen today"]
