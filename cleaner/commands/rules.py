"""The commands `cleaner rules ...`: look at rules, test them, compare them on a corpus, read what they did, have new ones proposed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.commands.terminal import FINDINGS, DisableFlag, RulesFlag, read_documents, write_data
from cleaner.errors import RefusedError

if TYPE_CHECKING:
    from cleaner.rules.model import Rule

OnlyTrial = Annotated[bool, typer.Option("--only-trial", help="Only rules whose status is trial.")]
Finished = Annotated[Path, typer.Argument(metavar="RUN", help="The output folder of a run.")]

rules_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at the rules, test them, have new ones proposed.")


@rules_app.command("list")
def rules_list(rules: RulesFlag, disable: DisableFlag, only_trial: OnlyTrial = False) -> None:
    """Print one line for every rule: id, reason, scope, confidence, status, why (parted by tabs)."""
    for rule in _loaded(rules, disable, only_trial):
        write_data("\t".join((rule.id, rule.reason, rule.scope, rule.confidence, rule.status, rule.why)) + "\n")


@rules_app.command("show")
def rules_show(rule_id: Annotated[str, typer.Argument(metavar="ID", help="A rule's id, or the first parts of several.")], rules: RulesFlag) -> None:
    """Print a rule as its file has it, with its examples."""
    from cleaner.rules.schema import nearest

    loaded = _loaded(rules, [])
    found = [rule for rule in loaded if f"{rule.id}.".startswith(rule_id.rstrip(".") + ".")]
    if not found:
        raise RefusedError(f"no rule has the id {rule_id!r}{nearest(rule_id, [rule.id for rule in loaded])}; see `cleaner rules list`")
    for rule in found:
        lines = Path(rule.file).read_text(encoding="utf-8-sig").splitlines()[rule.line - 1 :]
        size = next((number for number, line in enumerate(lines) if number and line.strip() == "[[rule]]"), len(lines))
        write_data(f"# {rule.file}:{rule.line}\n" + "\n".join(lines[:size]).rstrip() + "\n\n")


@rules_app.command("check")
def rules_check(rules: RulesFlag, disable: DisableFlag, only_trial: OnlyTrial = False) -> None:
    """Run every rule's examples and look for rules that are slow, double, unreachable or unsound; exit 1 where there is a finding."""
    from cleaner.rules.check import check_rules
    from cleaner.rules.excerpt import excerpt

    loaded = _loaded(rules, disable)
    chosen = {rule.id for rule in loaded if not only_trial or rule.status == "trial"}
    findings = [finding for finding in check_rules(loaded) if finding.rule_id in chosen]
    for finding in findings:
        write_data("\n".join([str(finding), *excerpt(finding)]) + "\n")
    print(f"{len(chosen)} rules, {len(findings)} findings", file=sys.stderr)
    if findings:
        raise typer.Exit(FINDINGS)


@rules_app.command("diff")
def rules_diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Rule files or folders joined by +; `builtin` is the built-in packs.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, as it is to become.")],
    on: Annotated[str, typer.Option("--on", metavar="CORPUS", help="A page, or a file or folder of pages.")],
) -> None:
    """Show what would newly go (-) and newly stay (+) in a corpus if rules OLD became NEW; exit 1 where there is a difference."""
    from cleaner.engine.compare import compare_rules, shown_change

    documents, rejected = read_documents(on)
    changes = 0
    pages = set()
    for change in compare_rules(_rules_of(old), _rules_of(new), documents):
        write_data("\n".join(shown_change(change)) + "\n\n")
        changes += 1
        pages.add(change.document.id)
    print("\n".join([*rejected, f"{changes} passages differ on {len(pages)} of {len(documents)} pages"]), file=sys.stderr)
    if changes:
        raise typer.Exit(FINDINGS)


@rules_app.command("stats")
def rules_stats(
    run: Finished,
    rules: RulesFlag,
    sites: Annotated[bool, typer.Option("--sites", help="A line for each rule and site.")] = False,
    only_trial: OnlyTrial = False,
) -> None:
    """Print what rules did in a finished run, most text first: a header, then lines parted by tabs."""
    from cleaner.engine.rule_stats import COLUMNS, rule_stats

    known = {rule.id: rule for rule in _loaded(rules, [])}
    likely = {rule.id for rule in known.values() if rule.confidence == "likely" and rule.status == "stable"}
    rows = rule_stats(run, likely, sites)
    write_data("\t".join(COLUMNS) + "\n")
    for row in rows:
        rule = known.get(row.rule)
        if not only_trial or (rule is not None and rule.status == "trial"):
            write_data("\t".join((*row.cells(), rule.status if rule else "unknown")) + "\n")


@rules_app.command("suggest")
def rules_suggest(
    run: Finished,
    rules: RulesFlag,
    write: Annotated[Path | None, typer.Option("--write", metavar="DIR", help="Write rule files there; without it they are printed.")] = None,
    covered: Annotated[bool, typer.Option("--covered", help="Also what the run's rules removed already.")] = False,
) -> None:
    """Propose rules for furniture that recurs in a finished run, as trial rules with evidence, examples and near misses."""
    from cleaner.engine.finished import read_finished
    from cleaner.rules.cache import load_ruleset
    from cleaner.rules.suggest import suggest_rules
    from cleaner.rules.write import suggestion_lines, write_suggestions

    mined = suggest_rules(read_finished(run), load_ruleset(rules), covered)
    if write is not None:
        paths = write_suggestions(mined.suggestions, write)
        if paths:
            print(f"{_counted(len(paths), 'file')} in {write}; look through them, then `cleaner rules check --rules {write}`", file=sys.stderr)
    else:
        for one in mined.suggestions:
            write_data("\n".join([f"# {one.path}", *suggestion_lines(one)]) + "\n\n")
    wordings = sum(len(one.wordings) for one in mined.suggestions)
    told = f"{_counted(len(mined.suggestions), 'rule')} with {_counted(wordings, 'wording')} from {_counted(mined.pages, 'page')}"
    known = f"{_counted(len(mined.covered), 'more wording')} known to the run's rules"
    print(f"{told} of {_counted(mined.sites, 'site')}; {known}", file=sys.stderr)
    if mined.sites and not mined.suggestions:
        print("nothing new recurs; some dozen pages of each site are needed", file=sys.stderr)
    if not mined.sites:
        print("no page has a site, so nothing can recur on one; give records a url, host or site", file=sys.stderr)


@rules_app.command("docs")
def rules_docs(
    write: Annotated[Path, typer.Option("--write", metavar="DIR", help="Folder for the pages, one for each rule file.")], rules: RulesFlag
) -> None:
    """Write a page for every rule file: what each rule does and why, with its examples."""
    from cleaner.rules.reference import write_pages

    loaded = _loaded(rules, [])
    pages = write_pages(loaded, write)
    print(f"{len(loaded)} rules on {len(pages)} pages in {write}", file=sys.stderr)


def _loaded(rules: list[Path], disable: list[str], only_trial: bool = False) -> list[Rule]:
    from cleaner.rules.load import load_rules

    return [rule for rule in load_rules(rules, disable) if not only_trial or rule.status == "trial"]


def _rules_of(named: str) -> list[Rule]:
    """The rules that an argument of `diff` names."""
    from cleaner.rules.load import builtin_directory, read_rules, select_rules

    folders = [builtin_directory() if part == "builtin" else Path(part) for part in named.split("+") if part]
    if not folders:
        raise RefusedError(f"{named!r} names no rules; name files or folders joined by +, or builtin")
    return list(select_rules(read_rules(folders)))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
