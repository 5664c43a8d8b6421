"""The command `cleaner`: parse, call, print. Data goes to stdout, talk to stderr; what is heavy is imported inside the commands."""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from cleaner import __version__
from cleaner.commands.dedup import dedup_inputs
from cleaner.commands.index import index_app
from cleaner.commands.rules import rules_app
from cleaner.commands.terminal import QUARANTINE, DisableFlag, RulesFlag, read_documents, write_data
from cleaner.errors import CleanerError

if TYPE_CHECKING:
    from cleaner.config import Options
    from cleaner.rules.compile import Ruleset

# The values of enums in model.py, which costs too much to import for `--version`; a test holds both together.
ModeName = Literal["strict", "default", "safe"]
CaptionsName = Literal["first", "drop", "all"]
DuplicatesName = Literal["drop", "mark", "off"]
FormatName = Literal["jsonl", "parquet"]
CompressionName = Literal["none", "gz", "zst"]
LogFormatName = Literal["text", "json"]

ModeFlag = Annotated[ModeName, typer.Option(help="strict removes more, safe less.")]
CaptionsFlag = Annotated[CaptionsName, typer.Option(help="Photo captions: keep the first of equal ones, drop all, or keep all.")]
AloneFlag = Annotated[bool, typer.Option("--alone", help="Each document by itself, without the evidence of its batch.")]
TextField = Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the text.")]
HtmlField = Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds HTML.")]
IdField = Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the id.")]
UrlField = Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the URL.")]
SiteField = Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the site [default: host, then site].")]

_COLLECT_OBJECTS = 50_000  # as config.RUN.collect_objects; Python's 700 make the collector look through all modules while they load

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(rules_app, name="rules")
app.add_typer(index_app, name="index")
app.command("dedup")(dedup_inputs)


def main() -> NoReturn:
    """Run the command; an error made on purpose becomes a message and an exit code, never a traceback."""
    _settle_process()
    try:
        app()
    except CleanerError as error:
        print(f"cleaner: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _settle_process() -> None:
    """What a process of our own can leave out, and a host of the library decides for itself: a third of the CPU time of one document."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads spin while they wait; cores are shared out by --jobs
    gc.set_threshold(_COLLECT_OBJECTS)
    atexit.register(gc.freeze)  # nothing is looked through once more before the process ends


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"cleaner {__version__}")
        raise typer.Exit


@app.callback()
def cleaner(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Clean news text: keep the core story, give back everything else with a reason."""


@app.command("run")
def run_inputs(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders, globs, or - for JSON lines on standard input.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for core/, appended/, audit/, groups.jsonl, manifest.json.")],
    rules: RulesFlag,
    disable: DisableFlag,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, metavar="N", help="Worker processes; 0 is one for each core.")] = 0,
    duplicates: Annotated[DuplicatesName, typer.Option(help="Near-duplicate core stories: drop all but one, only mark, or do not look.")] = "drop",
    index: Annotated[Path | None, typer.Option("--index", metavar="DIR", help="Compare with all earlier batches there, then enter this one.")] = None,
    alone: AloneFlag = False,
    mode: ModeFlag = "default",
    captions: CaptionsFlag = "first",
    text_field: TextField = "text",
    html_field: HtmlField = "html",
    id_field: IdField = "id",
    url_field: UrlField = "url",
    site_field: SiteField = "",
    format: Annotated[FormatName, typer.Option(help="How core and appended stories are written; audit and quarantine are JSON lines.")] = "jsonl",
    compress: Annotated[CompressionName, typer.Option(help="How JSON lines are packed.")] = "none",
    force: Annotated[bool, typer.Option("--force", help="Do all again, over the output of another run.")] = False,
    limit: Annotated[int, typer.Option(min=-1, metavar="N", help="Read only the first N records.", show_default=False)] = -1,
    fail_over: Annotated[float, typer.Option(min=0, max=1, metavar="RATIO", help="Stop if a larger share of records is quarantined.")] = 1.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")] = False,
    log_format: Annotated[LogFormatName, typer.Option(help="What is said on stderr: text for people, or JSON lines.")] = "text",
) -> None:
    """Clean files into core stories, appended stories, an audit of all that was removed, and groups of duplicates.

    The same command goes on with a run that was stopped, and adds new inputs to one that is finished.
    """
    from cleaner.config import FieldNames
    from cleaner.engine import local
    from cleaner.engine.plan import RunPlan
    from cleaner.engine.progress import JsonLines, log_event, terminal_progress
    from cleaner.engine.report import events, foretold_lines, told_lines

    options = _options(mode, captions, duplicates, alone=alone)
    fields = FieldNames(text_field, html_field, id_field, url_field, site_field)
    plan = RunPlan(tuple(inputs), output, options, fields, tuple(rules), tuple(disable), jobs, format, compress, force, limit, fail_over, index)
    in_json = log_format == "json"
    if dry_run:
        print("\n".join(foretold_lines(local.look(plan))), file=sys.stderr)
        return
    summary = local.run(plan, JsonLines() if in_json else terminal_progress())
    if in_json:
        for event, details in events(summary):
            log_event(event, **details)
    else:
        print("\n".join(told_lines(summary)), file=sys.stderr)
    raise typer.Exit(summary.exit_code)


@app.command("restore")
def restore_texts(
    finished: Annotated[Path, typer.Argument(metavar="OUT", help="The output folder of a run.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for part-*.jsonl with rows {id, text}.")],
) -> None:
    """Give back the exact text of every record of a run, as JSON lines {id, text}."""
    from cleaner.engine.restore import restore_run

    restored = restore_run(finished, output)
    print(f"{restored.records} texts restored in {output}; {restored.quarantined} quarantined records have none", file=sys.stderr)


@app.command("clean")
def clean_stdin(
    rules: RulesFlag,
    disable: DisableFlag,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="A stream: a JSON line in, a JSON line out, at once.")] = False,
    mode: ModeFlag = "default",
    captions: CaptionsFlag = "first",
    site: Annotated[str, typer.Option(metavar="DOMAIN", help="Where the document stood; opens the rules of that site.")] = "",
    text_field: TextField = "text",
    html_field: HtmlField = "html",
    id_field: IdField = "id",
    url_field: UrlField = "url",
    site_field: SiteField = "",
) -> None:
    """Clean standard input to standard output: one document, or with --jsonl a stream of them."""
    from cleaner.config import FieldNames
    from cleaner.engine.stream import clean_lines, pieces_of, read_document
    from cleaner.pipeline import clean

    ruleset, options = _ruleset(rules, disable), _options(mode, captions, alone=True)
    if not jsonl:
        core = clean(read_document(sys.stdin.buffer.read(), site), ruleset, options).core
        write_data(core + "\n" if core else "")
        return
    names = FieldNames(text_field, html_field, id_field, url_field, site_field)
    for row in clean_lines(pieces_of(sys.stdin.buffer), ruleset, options, names):
        write_data(json.dumps(row, ensure_ascii=False) + "\n")


@app.command("explain")
def explain_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A page, or a file or folder of pages.")],
    rules: RulesFlag,
    disable: DisableFlag,
    alone: AloneFlag = False,
    mode: ModeFlag = "default",
    captions: CaptionsFlag = "first",
    hints: Annotated[bool, typer.Option("--hints", help="Also show what rules and stages only remarked on.")] = False,
) -> None:
    """Show pages with every removed passage, its reason, its rule and the evidence."""
    from cleaner.emit.explain import Look, explain_page
    from cleaner.pipeline import clean_many

    documents, rejected = read_documents(file)
    terminal = sys.stdout.isatty()
    look = Look(terminal=terminal, colour=terminal and not os.environ.get("NO_COLOR"), hints=hints)
    for result in clean_many(documents, _ruleset(rules, disable), _options(mode, captions, alone=alone or len(documents) == 1)):
        write_data("\n".join(explain_page(result, look)) + "\n")
    if rejected:
        print("\n".join(rejected), file=sys.stderr)
        raise typer.Exit(QUARANTINE)


def _options(mode: ModeName, captions: CaptionsName, duplicates: DuplicatesName = "drop", *, alone: bool) -> Options:
    from cleaner.config import Options
    from cleaner.model import Captions, Duplicates, Mode

    return Options(Mode(mode), Captions(captions), Duplicates(duplicates), alone)


def _ruleset(rules: list[Path], disable: list[str]) -> Ruleset:
    from cleaner.rules.cache import load_ruleset

    return load_ruleset(rules, disable)


if __name__ == "__main__":
    main()
