"""Every number that decides something: its unit, where it comes from, what happens when it is raised."""

from __future__ import annotations

from dataclasses import dataclass

from cleaner.model import Captions, Duplicates, Mode


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chooses for a run; every field changes the output, so all of them stand in the manifest."""

    mode: Mode = Mode.DEFAULT
    captions: Captions = Captions.FIRST
    duplicates: Duplicates = Duplicates.DROP
    alone: bool = False


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Under which names the fields of a record stand in JSONL rows; `site` is looked for under `host` and `site` where empty."""

    text: str = "text"
    html: str = "html"
    id: str = "id"
    url: str = "url"
    site: str = ""


@dataclass(frozen=True, slots=True)
class GlueLimits:
    """When a line counts as a heading glued to a paragraph (hand-set on the seeds, 2026-11)."""

    heading_words: int = 8  # words; raised: longer openings are taken for sub-headings
    heading_chars: int = 80  # characters from the line's start; raised: breaks are found deeper in the line
    paragraph_chars: int = 80  # characters behind the break; raised: fewer splits


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds on one record (contract of the fault kit); beyond them it is quarantined, never cut."""

    raw_bytes: int = 64_000_000  # bytes after decompression; raised: more memory a worker
    text_bytes: int = 20_000_000  # bytes of text after decoding
    nesting: int = 10_000  # levels of JSON or HTML
    record_seconds: float = 10.0  # CPU seconds of a worker on one record (not wall clock: free of the load of the machine)
    record_wall_seconds: float = 180.0  # wall clock behind it, for what waits without computing
    rule_seconds: float = 4.0  # seconds of one regex on one block: CPU time of the process, so free of the load of the machine


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """How bytes become text (hand-set on the seeds and made-up faults in cp1256, ISO-8859-6, UTF-16; 2026-11)."""

    utf8_share: float = 0.6  # share of valid sequences among all non-ASCII ones; raised: more texts with a few bad bytes go to detection
    arabic_share: float = 0.08  # share of words that are the commonest Arabic ones or open with the article; raised: fewer Arabic texts are seen
    utf16_zeros: float = 0.01  # NUL bytes at one parity, share of all bytes (spaces alone give .05); raised: sparse UTF-16 is missed
    utf16_parity: float = 0.95  # share of the NUL bytes that stand at that parity
    control_share: float = 0.02  # control characters in a decoded text; above it the file is not text
    sample_bytes: int = 65_536  # bytes looked at to find an encoding; raised: slower, surer


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """How trafilatura is asked (measured on the labelled development pages and the extraction bench, 2026-11)."""

    precision: bool = False
    fast: bool = False
    charset_bytes: int = 4_096  # bytes of a page in which a charset may be declared (HTML asks for 1,024)
    tag_chars: int = 65_536  # characters of one tag; a longer one (an image inside, 50,000 attributes) goes unread, parsing it is quadratic
    head_chars: int = 800  # characters of the text in which its headline is looked for before it is put on top
    last_date: str = "2099-12-31"  # later dates are no dates of publication; fixed, so that output does not depend on today


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Sizes of reading and writing; they bound memory, but `shard_bytes` also decides which records share an output part."""

    chunk_bytes: int = 262_144  # bytes read or unpacked at a time
    packed_bytes: int = 1_024  # zstd bytes unpacked at a time: one can become 32,768 (RLE blocks of 128 KiB in 4 bytes)
    kept_raw: int = 65_536  # bytes of a quarantined record kept in quarantine
    shard_bytes: int = 4_000_000  # input bytes of one shard; raised: fewer parts, less evenly shared out among workers
    shard_files: int = 2_000  # files of one shard
    spool_bytes: int = 8_000_000_000  # bytes of a Parquet file, unpacked on disk to be read from its end
    parquet_rows: int = 64  # rows of a Parquet file in memory at a time
    written_rows: int = 4_096  # rows of a row group that we write; raised: smaller files, more memory


@dataclass(frozen=True, slots=True)
class RuleLimits:
    """Bounds on rule files, rules and their regexes (contract of the fault kit; hand-set, 2026-11)."""

    file_bytes: int = 1_000_000  # bytes of one rule file; raised: slower starts
    parsed_bytes: int = 10_000_000  # bytes up to which a refused file is still read for its other faults
    nesting: int = 50  # levels of brackets; raised above some hundreds: the parser runs out of stack
    literal_least: int = 2  # folded characters without white space; lowered: literals that stand on every page
    literal_most: int = 200  # characters of a literal; raised: nothing but room for mistakes
    regex_most: int = 5_000  # characters of a regex; raised: slower compilation, deeper recursion there
    shape_most: int = 1_000  # largest `max_chars` of a regex without literal; raised: more time on every page
    ambiguous_chars: int = 1_000  # longest block for a regex that repeats a repeat; raised: hours instead of a named timeout
    untimed_chars: int = 200  # characters of a block on which a built-in regex runs without a clock (`rules check` tries it on 20 times as many)
    needed_texts: int = 400  # outlines of which a regex needs one, beyond which it is not made to wait for them; raised: larger automaton
    needed_chars: int = 16  # symbols of an outline that are looked for; raised: larger automaton, few regexes tried less
    needed_several: int = 4  # needs of one regex that must all be met; raised: more to count, few regexes tried less
    needed_chance: float = 0.1  # estimated share of places of a text that meet a need, above which it is not asked for
    attack_chars: int = 4_000  # length of the texts that `rules check` throws at a regex
    attack_seconds: float = 0.5  # CPU seconds that one such text may take (worst built-in rule, 2026-11: 0.006)
    cached_rulesets: int = 8  # compiled sets of rules kept in the user's cache (21 MB each)
    evidence_chars: int = 60  # characters of matched text quoted in a label's evidence


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How a run is carried out and what it tells; none of it changes the output."""

    start_method: str = "fork"  # of workers on Linux: the parent has no threads then; elsewhere "spawn", which imports all again
    watch_seconds: float = 0.05  # longest wait between two looks at the workers; raised: more memory taken before a record is stopped
    worker_bytes: int = 950_000_000  # resident bytes of a worker inside a record, beyond which the record is to blame (contract: 1 GB)
    kept_bytes: int = 64_000_000  # freed memory that a worker keeps for what comes next, half of it in one array (glibc: at most 32 MiB)
    suspects: int = 200  # deaths over one task beyond which no record is to blame but the machine
    attempts: int = 3  # the same for deaths outside any record
    collect_objects: int = 50_000  # new objects between two looks of the garbage collector; raised: more memory, no faster (700: 8 % slower)
    small_batch: int = 10_000  # pages up to which a reduction is done by any worker, above by one that ends with it; raised: larger workers
    batch_pages: int = 256  # records read, or pages scored and decided on, together; raised: more memory (scoring 64 costs a quarter of one by one)
    batch_chars: int = 1_000_000  # characters of such a batch
    early_records: int = 1_000  # records read before `--fail-over` stops a run that is still reading
    large_batch: int = 200_000  # pages from which evidence is computed by SQL on disk, not in memory; both give the same
    reduce_memory: str = "600MB"  # of DuckDB in that reduction; beyond it, it spills to the work folder
    faults_told: int = 1_000  # quarantined records of one shard named on stderr; all stand in quarantine/
    reason_chars: int = 300  # characters of an error's message that a reason keeps


GLUE = GlueLimits()
READ = ReadLimits()
RULES = RuleLimits()


@dataclass(frozen=True, slots=True)
class CoreLimits:
    """How probabilities of blocks become a decision (tuned on composites and labelled pages with hosts held out, 2026-11)."""

    threshold: float = 0.45  # probability from which a block stays on a page with menus; raised: more goes (.5: core_story -.008; .4: daniel -.011)
    threshold_batch: float = 0.42  # the same for a bare text in a batch (composites: .5: leak -.004, loss over 2 % +.005)
    threshold_bare: float = 0.4  # the same for a bare text by itself
    threshold_strict: float = 0.65  # the same in mode strict
    threshold_safe: float = 0.15  # the same in mode safe
    threshold_extracted: float = 0.15  # the same for text extracted from HTML (extraction bench: fundus .961 -> .965, wcxb .71 -> .81)
    surely_foreign: float = 0.05  # probability below which a block is surely no story; with few such and no rule hit, all stays
    surely_foreign_words: float = 4.0  # words of such blocks that make a text need cleaning; raised: short foreign lines stay (leak +.013 at 4)
    sure_level: float = 0.9  # mean of the three best paragraphs below which the threshold sinks in proportion
    contradicts: float = 0.9  # probability from which the scorer overrules a likely rule
    sure: float = 0.8  # probability of a paragraph that can stand beside a hole
    hole_blocks: int = 6  # longest hole in a story that is mended
    hole_words: float = 4.0  # words of a line that is returned to the story
    lone: float = 0.15  # probability from which a single paragraph between sure ones stays
    unexplained: float = 0.1  # mean probability of a run inside the story that returns where nothing explains it (composites: loss .074 -> .061)
    unexplained_tail: float = 0.2  # the same for paragraphs right behind the story (leak of composites alone +.006, loss -.012)
    anchor: float = 0.5  # times the words of another such run that must stay behind it; lowered: comments up to a lone kept line return
    hole_short: int = 3  # blocks of such a run on a whole page that need not be prose
    hole_prose: float = 0.5  # share of paragraphs from which a run is prose; lowered: teasers and comments return (whole pages alone: F1 -.004)
    open_words: float = 9.0  # words of a line without an end mark whose sentence the next line may go on with
    subheading_words: float = 4.0  # most words of a sub-heading behind the story that returns with its paragraphs
    resumes: float = 0.55  # of a paragraph that resumes the story behind a marker (.75 against .65: leak of composites alone -.002, loss +.005)
    lead: float = 0.4  # weighted share of a headline's new terms that return in a paragraph it leads (.35 to .5 measured alike)
    new_head: float = 0.5  # share of a kept headline's terms that are new, from which it may be another story's
    led_paragraphs: int = 2  # first paragraphs behind a headline, in which that share is looked for
    led_on: float = 0.25  # share from which a further paragraph still belongs to the headline
    resume_margin: float = 0.25  # by how much a resuming paragraph may be nearer to the opened story than to the one before it
    resumes_page: float = 0.6  # the same on a page with menus (.75: whole pages alone +.04 on daniel, scrapinghub -.005)
    begun_share: float = 0.25  # of the story's words, behind which a marker or a doubled headline can end it (whole pages: F1 +.015)
    template_host_pages: int = 5  # pages of a site from which the forms of its lines say something
    template_pages: int = 3  # of them that hold a line's form, for it to be the site's template; with the share below
    template_share: float = 0.1  # of them (composites in exchanged letters: exact .749 -> .772; at .25: .759)
    content_weight: int = 35  # 1/16 nat of inverse document frequency from which a term counts as content
    island_probability: float = 0.6  # a short line above it stays wherever it stands
    island_distance: int = 3  # blocks to the next kept paragraph beyond which a short line goes
    island_share: float = 0.3  # of the kept words, above which short lines far from paragraphs are the story themselves
    title_window: int = 25  # blocks before the story where a lost title is looked for (10: core_story clean -.026)
    title_words: float = 3.0  # fewest words of a headline
    title_most_words: float = 30.0  # most words of a title
    title_probability: float = 0.2  # least probability of a title that is kept by force (.08: whole pages -.001, labelled pages alike)
    title_echo: float = 1.0  # weight of the story's words in a line against its probability, where several could be the title (0: clean -.05)
    headline_most_words: float = 25.0  # most words of a headline-shaped line
    long_words: float = 12.0  # words of a paragraph that ends like a sentence
    long_words_open: float = 20.0  # the same without an end mark
    tiny_words: float = 5.0  # most words of a line that may belong to a menu
    menu_lines: int = 12  # tiny lines from which on a text counts as a whole page
    single_chars_a_word: float = 1.7  # characters of scripts without spaces to a word (measured on translated news)
    item_gap: int = 1  # blocks of furniture between two headlines that begin two items


@dataclass(frozen=True, slots=True)
class WrapLimits:
    """When lines count as broken at a column (hand-set on wrapped copies of composites, 2026-11)."""

    least_lines: int = 4  # broken lines of a page; lowered: a few lines of like length are joined
    filled_share: float = 0.5  # of the lines that another follows directly: full, so that its first word had no room; lowered: lists are joined
    quantile: float = 0.9  # of line lengths that is the column; raised: one overlong line hides it
    overlong: float = 1.1  # times the column beyond which a line is none of the wrapped ones
    least_width: int = 30  # characters of the column; lowered: menus and poems are joined
    most_width: int = 130  # the same, most; raised: paragraphs of like length are joined
    word_chars: int = 16  # most characters of the next line's first word


CORE = CoreLimits()
WRAP = WrapLimits()
DECODE = DecodeLimits()
STREAM = StreamLimits()


@dataclass(frozen=True, slots=True)
class RepeatLimits:
    """When a block repeats another of its page (hand-set on labelled pages and composites, 2026-11)."""

    long_tokens: int = 12  # tokens of a block that ends as a sentence and counts as a paragraph; raised: fewer paragraphs
    surely_long_tokens: int = 20  # the same without a full stop
    near_tokens: int = 8  # fewest distinct tokens for a near repeat; lowered: list rows and refrains are taken for repeats
    near_jaccard: float = 0.85  # of token sets; raised: edited copies stay
    containment: float = 0.95  # share of the shorter block's tokens in the longer one, where the Jaccard is smaller
    length_ratio: float = 0.7  # shorter to longer block, in distinct tokens; lowered: leads that quote a paragraph go
    shared_token_blocks: int = 8  # a token in more blocks proposes no pairs; raised: slower on long lists
    near_order: float = 0.65  # share of the smaller block's token pairs in the other; lowered: scripts counted by character look alike
    row_numbers: int = 3  # numbers from which a block may be a row of data, which may repeat
    row_share: float = 0.12  # numbers a token from which it is one; raised: plans and tables lose rows
    han_characters: float = 1.7  # characters a word in Han and Kana (as in the scorer's features)
    spaceless_characters: float = 4.0  # characters a word in Thai, Lao, Burmese and Khmer (hand-set)
    edited_pairs: float = 0.35  # Jaccard of token pairs, between two sure pairs of a second copy; lowered: new paragraphs in a second copy go
    run_gap: int = 3  # blocks that may lie between two pairs of one second copy
    title_least_tokens: int = 3  # shorter titles repeat only right behind each other
    title_most_tokens: int = 40  # a longer first line is a paragraph
    title_same: float = 0.75  # share of a title that an edited copy has in common at its start and end; raised: edited titles stay
    title_prefix: float = 0.7  # share of a title that a cut copy of it must have
    title_window: int = 12  # blocks from a headline to its first paragraph; raised: menus count as the headline's place
    body_tokens: int = 30  # tokens of paragraphs that must follow a headline within twice that window
    caption_tokens: int = 7  # fewest tokens of a caption that repeats in the head of a story
    caption_near_tokens: int = 4  # the same where the copies stand side by side
    credited_tokens: int = 3  # the same where the line ends in a credit in brackets or a rule calls it a caption
    caption_distance: int = 2  # blocks that are side by side
    surroundings: int = 6  # blocks to both sides in which a copy's company of paragraphs is weighed
    better_place: float = 3.0  # times as many tokens of paragraphs around the later copy, for it to be the one that is kept


@dataclass(frozen=True, slots=True)
class OwnershipLimits:
    """Which blocks belong to a page, and which pages are one (hand-set on composites, 2026-11)."""

    min_tokens: int = 6  # tokens of a block that can belong to a page; lowered: stock phrases find owners
    page_jaccard: float = 0.9  # by tokens of equal paragraphs; lowered: short stories with the same long item behind them count as one
    same_start_jaccard: float = 0.4  # the same for pages that open with the same paragraph
    template_pages: int = 50  # a paragraph on more pages is part of a template and makes no pages alike
    permutations: int = 128  # of the MinHash over paragraphs; raised: surer candidates, slower


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What of a line is its form, by which the lines of a site's template are known (hand-set on composites in exchanged letters, 2026-11)."""

    label_words: int = 6  # most words of a label; raised: openings of sentences with a colon are forms
    numbered_words: int = 14  # most words of a line whose form is all of it but its numbers; raised: paragraphs that never recur
    opening_words: int = 2  # words that are the form of all other lines; raised: labels without a sign behind them are missed


@dataclass(frozen=True, slots=True)
class SignatureLimits:
    """What a signature is made of (measured on the near-duplicate set, 2026-11); another value makes another spec, indexes are built anew."""

    letters: int = 10  # letters of a shingle; raised: fewer strangers are compared, copies with a wrong letter in every word are missed
    permutations: int = 128  # of a signature; raised: surer, slower, larger
    batch_texts: int = 128  # texts read at a time; raised: more memory, no faster


@dataclass(frozen=True, slots=True)
class ClusterLimits:
    """When two core stories are one (measured on the near-duplicate set, raw texts, 2026-11)."""

    jaccard: float = 0.0  # estimated Jaccard that decides alone, in place of shares and openings; 0: those decide
    bucket: int = 64  # stories in one bucket that are compared each with each; of more each with the first four only
    agreements: int = 6  # of the signature's values that compared stories share; raised: faster, strongly edited copies are missed (12: none yet)
    letters: int = 6  # letters of the shingles that decide; raised: wrong letters weigh more, common words less
    both: float = 0.7  # share of each story in the other that is enough by itself; lowered: a short page around a whole other story joins it
    one: float = 0.4  # share of either story in the other, where both openings stand in the other; lowered: stories made from one template join
    opening: float = 0.25  # share of each opening that must stand in the other story; lowered: a quoted other story joins
    opening_letters: int = 35  # letters that are a story's opening, most of a headline; raised: what is quoted early counts (200: F1 .983, 35: .996)
    least_letters: int = 90  # shorter stories are grouped only where equal; lowered: stock phrases become groups
    pairs: int = 500  # pairs compared at a time; raised: more memory
    table: int = 1 << 26  # most entries (a byte each) of the table that counts agreements; lowered: more pairs are compared for nothing


@dataclass(frozen=True, slots=True)
class IndexLimits:
    """How stories are kept on disk between batches."""

    bands: int = 64  # values of a signature that are looked up; raised: surer, larger, slower
    agreements: int = 4  # of them that two stories must share to be compared (8 of 128; the near-duplicate set needs 12 or fewer)
    bucket: int = 8  # stories that share a value and are all looked at, of more only four; raised: slower, more of a large group is compared
    batch: int = 20_000  # stories that are added at a time; raised: more memory, fewer runs
    asked: int = 4_096  # stories that are asked for at a time; raised: more memory, fewer passes over the index
    tier: int = 16  # runs of about one size that are merged while adding goes on; raised: faster to add to, slower to ask meanwhile
    settle: int = 2  # times the newer runs that an older one may be to be merged with them when adding ends; raised: fewer runs, slower to add to


@dataclass(frozen=True, slots=True)
class SpanLimits:
    """What is told of the text that two stories share (hand-set, 2026-11); nothing is decided by it."""

    hole_letters: int = 12  # letters between two matched spans that become one; raised: edited words vanish in them
    least_letters: int = 20  # shortest matched span; lowered: stock phrases are told
    paragraph_words: int = 20  # words of a paragraph that is told where different stories share it
    gap_chars: int = 3  # characters between two paragraphs of one run


REPEATS = RepeatLimits()
OWNERSHIP = OwnershipLimits()
FORMS = FormLimits()
SIGNATURE = SignatureLimits()
CLUSTERS = ClusterLimits()
INDEX = IndexLimits()
SPANS = SpanLimits()
EXTRACT = ExtractOptions()
RUN = RunLimits()


@dataclass(frozen=True, slots=True)
class SuggestLimits:
    """When `rules suggest` proposes a rule (hand-set on composites with the packs of their languages off, 2026-11)."""

    paragraph_words: int = 12  # words of a kept line that counts as a paragraph of the story
    line_chars: int = 180  # characters of a line that can be furniture as a whole; raised: paragraphs are proposed
    fixed_pages: int = 3  # fewest pages of a site that hold a fixed line; lowered: titles that recur
    fixed_share: float = 0.35  # the same as a share of its pages; lowered: the titles of its teasers
    fixed_most: float = 0.6  # share of its pages from which a line is fixed even where it looks like a title
    fixed_kept: float = 0.5  # share of a fixed line's copies that may have stayed (the scorer's leaks); raised: sub-headings
    heading_words: int = 6  # words of a heading over foreign items
    heading_lines: int = 3  # fewest copies of a heading; one more than it has words, too
    heading_kept: float = 0.4  # share of its copies that may have stayed
    heading_known: float = 0.6  # share of its copies before a line of another page, from which kept copies do not matter
    heading_opens: float = 0.7  # share of its removed copies that begin a removed run, and that a removed line follows
    heading_varies: float = 0.6  # different following lines a copy; lowered: titles with their own lead
    label_chars: int = 60  # characters from the start of a line in which its label ends
    label_least: int = 3  # letters of a label; two where a letter is a word
    label_pages: int = 3  # fewest pages of a site that hold a label
    label_share: float = 0.1  # the same as a share of its pages
    label_values: int = 3  # fewest different values behind a label
    label_kept: float = 0.03  # share of its lines that may have stayed, in all the language; raised: names before a colon in titles
    number_chars: int = 60  # characters of a line that ends in words behind a number ("3 minutes read")
    spread_sites: int = 3  # sites from which a wording counts as one of its language
    spread_kept: float = 0.4  # share of its lines that may have stayed elsewhere, for a wording that passes on a site
    spread_share: float = 0.08  # the same as a share of the language's sites; lowered: titles of stories that many sites brought
    spread_words: int = 5  # words of a line of many sites
    title_share: float = 0.05  # share of a line's copies that top the kept text of their page, above which it is a title
    echo_share: float = 0.2  # share of its copies whose words return behind them, above which it is a title
    echo_lines: int = 3  # lines behind it in which they are looked for
    echo_letters: int = 3  # letters of a word that is looked for
    again_share: float = 0.4  # share of its copies before one and the same paragraph, above which it is a title
    title_words: int = 3  # fewest words of a title that is looked for behind a label
    title_most_words: int = 25  # most words of one
    pointer_words: int = 5  # most words of a label without punctuation
    pointer_pages: int = 2  # fewest pages with a label before lines of other pages
    pointer_values: int = 2  # fewest values behind a label that are lines of their own somewhere
    pointer_share: float = 0.25  # the same as a share of its values; lowered: names before a colon in titles
    spread_varies: float = 0.3  # different following lines a copy, for a line of many sites
    close_pages: int = 5  # fewest pages of a site on which a wording closes the story
    close_missed: float = 0.1  # share of its copies (headings: none) before kept paragraphs all the same: what the run failed to remove
    close_texts: int = 2  # fewest copies behind which other paragraphs stand
    close_before: int = 200  # characters that must stand before it on a page: the guard of its rule
    values_kept: int = 40  # values of a label that are looked at to name its reason
    date_share: float = 0.6  # share of a label's values that hold a date, from which it is one
    sure_pages: int = 5  # pages from which a wording of one site may be certain
    sure_kept: float = 0.02  # share of its lines that may have stayed, for a certain rule (pointers and headings: the scorer's leaks)
    many_lines: int = 15  # copies from which one that stayed says nothing
    likely_words: int = 12  # words from which a line of one site is only likely: a notice or a teaser of the day
    ruled_share: float = 0.9  # share of its lines that rules removed already, from which a wording is not proposed
    room: float = 1.5  # times the longest line seen that a labelled line may have
    guard_share: float = 0.5  # share of a page that a rule may take
    hits: int = 12  # hits in a rule's example
    misses: int = 3  # near misses in it
    miss_chars: int = 240  # characters of a near miss
    lines_a_word: int = 50  # kept lines looked at for each word of a wording, to find near misses


SUGGEST = SuggestLimits()
