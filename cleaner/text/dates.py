"""Read a date as pages write it: any pack's language, digits of any script, five calendars, with the precision that was written.

Patterns of our own come first, since they cost microseconds; dateparser, which costs milliseconds, reads what they leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from cleaner.text.fold import fold_text
from cleaner.text.months import ETHIOPIAN, GREGORIAN, HIJRI, PERSIAN, gregorian_names, names_of

_TOKEN = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0900-\u0dff\u0e00-\u0e7f]*[^\W\d_]*)*|\d+|[^\w\s]|_")
_NUMERIC = re.compile(
    r"(?<![\d:])(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?![\d:])|"
    r"(?<![\d:])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\6\s?(\d{4}|\d{2})(?![\d:])"
)
_CJK = re.compile(r"(令和|平成|昭和|民國|民国)?\s?(\d{1,4}|元)\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日號号일]?")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_VIETNAMESE = re.compile(r"(\d{1,2})\s*(?:thang|/)\s*(\d{1,2}),?\s*(?:nam\s*)?(\d{4})")
_TIME = re.compile(
    r"(?:(?P<before>上午|下午|午前|午後|오전|오후|am|pm)\s*)?(?<!\d)(?P<hour>\d{1,2})\s?(?::|h|時|时|点|點|시)\s?(?P<minute>\d{2}|\d(?=[分분]))?(?!\d)"
    r"(?:(?::|[分분]\s?)(?P<second>\d{2})(?:\.\d+)?)?(?:[分분])?\s*"
    r"(?P<after>a\.?\s?m\b\.?|p\.?\s?m\b\.?|π\.?μ\.?|μ\.?μ\.?|sa\b|ch\b|صباحا|مساء|ص\b|م\b|ق\.?ظ|ب\.?ظ|น\.)?"
    r"[^\w+-]{0,2}(?P<zone>z\b|(?:gmt|utc|بتوقيت غرينتش|بتوقيت جرينتش|غرينتش|جرينتش)?\s?[+-]\d{1,2}(?::?\d{2})?\b|"
    r"gmt|utc|(?:بتوقيت )?(?:غرينتش|جرينتش))?"
)  # fmt: skip
_DOT_TIME = re.compile(
    r"(?:\bkl\.?|\bklo|\bum|\bore|\balle|\balle ore|\bpukul|\bo godz\.?|\bgodz\.?|\bat|\bjam|\ba las)\s*(\d{1,2})\.(\d{2})(?!\.?\d)"
)
_LATE = frozenset(("下午", "午後", "오후", "pm", "μμ", "ch", "مساء", "م", "بظ"))
_EARLY = frozenset(("上午", "午前", "오전", "am", "πμ", "sa", "صباحا", "ص", "قظ"))
_SKIPPED = frozenset(
    (
        "de del d d' of the ng la le en the ,. . , - / ' th st nd rd er o a o. º ° ª ب ה ב ה- i e ngay שנת من لعام سنه year m metu gada"
        " م ميلادي ماه سال वर्ष"
    ).split()
)
_HIJRI_MARK = re.compile(r"ه(?:ـ|\b)|هجري|هجريه|(?<=\d)\s?ah\b")
_THAI_MARK = re.compile(r"พ\.?ศ|พุทธศักราช")

# Spans back from a reference: the words around a number, folded, by what they count.
_AGO = re.compile(
    r"\bago\b|منذ|قبل|پيش|پهلي|il y a|\bhace\b|\bha\b|\batras\b|\bvor\b|\bfa\b|назад|тому|\bonce\b|"
    r"लहले|पहले|আগে|前|\s?전\b|\blalu\b|yang lalu|\bgeleden\b|temu|\bacum\b|πριν|לפני|\bsedan\b|\bsiden\b|truoc"
)
_UNITS: tuple[tuple[str, str], ...] = (
    ("minutes", r"min|minut\w*|دقيقه|دقايق|دقيقتين|минут\w*|хвилин\w*|мин|хв|dakika|dk|"
     r"मिनट|মিনিট|分鐘|分钟|分|분|menit|λεπτ\w*|דקות|דקה|phut|منٹ"),
    ("hours", r"h|hrs?|hours?|heures?|horas?|stunden?|std|ore|ora|час\w*|годин\w*|год|ساعه|ساعات|ساعتين|ساعت|saat|घंटे|घंटा|"
     r"ঘণ্টা|小时|小時|時間|시간|jam|uur|uren|godzin\w*|godz|ωρ\w*|שעות|שעה|שעתיים|timmar|timer|gio|گهنٹي|گهنٹه"),
    ("days", r"d|days?|jours?|dias?|tag(?:en)?|giorn[oi]|дн\w*|день|يوم|ايام|يومين|روز|gun|दिन|দিন|天|"
     r"日|일|hari|dag(?:en|ar|e)?|dni|dzien|zile|zi|μερ\w*|ημερ\w*|ימים|יום|יומיים|ngay|دن"),
    ("weeks", r"w|weeks?|semaines?|semanas?|wochen?|settiman[ae]|недел\w*|тижн\w*|اسبوع|اسابيع|اسبوعين|هفته|hafta|"
     r"सप्ताह|সপ্তাহ|周|週|週間|주|minggu|week|weken|tygodni\w*|שבועות|שבוע|tuan|هفتي"),
)  # fmt: skip
_PAIRS = frozenset(("دقيقتين", "ساعتين", "يومين", "اسبوعين", "שעתיים", "יומיים"))
_SPAN = {
    name: re.compile(
        rf"(?:(?<![^\W\d_])|(?<=\d))(?:(\d{{1,3}})\s*)?(?:个|個)?\s?({words})(?![^\W\d_])|"
        rf"(\d{{1,3}})\s?(?:个|個)?({words})(?=前|전|\s)"
    )
    for name, words in _UNITS
}
_TODAY = frozenset(
    ("today اليوم aujourd'hui hoy hoje heute oggi сегодня сьогодні bugun امروز آج 今天 今日 오늘 hari vandaag dzisiaj dzis σημερα היום").split()
)
_YESTERDAY = frozenset(
    ("yesterday امس hier ayer ontem gestern ieri вчера вчора dun ديروز 昨天 昨日 어제 kemarin gisteren wczoraj χθες אתמול").split()
)


def jalali_date(year: int, month: int, day: int) -> date:
    """A day of the Solar Hijri (Persian) calendar, exact for the years 1206 to 1498.

    >>> jalali_date(1400, 1, 1).isoformat()
    '2021-03-21'
    """
    if not (1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        raise ValueError(f"no such day in the Persian calendar: {year}-{month}-{day}")
    cycle = year + 1595
    days = 365 * cycle + cycle // 33 * 8 + (cycle % 33 + 3) // 4 + day + ((month - 1) * 31 if month < 7 else (month - 7) * 30 + 186)
    return date.fromordinal(days - 356_033)


def hijri_date(year: int, month: int, day: int) -> date:
    """A day of the Umm al-Qura calendar, by the library's table; raises ValueError or OverflowError outside of it.

    >>> hijri_date(1445, 2, 18).isoformat()
    '2023-09-03'
    """
    from hijridate import Hijri  # most pages hold no such date

    found = Hijri(year, month, day).to_gregorian()
    return date(found.year, found.month, found.day)


def ethiopian_date(year: int, month: int, day: int) -> date:
    """A day of the Ethiopian calendar.

    >>> ethiopian_date(2014, 1, 1).isoformat()
    '2021-09-11'
    """
    if not (1 <= month <= 13 and 1 <= day <= 30):
        raise ValueError(f"no such day in the Ethiopian calendar: {year}-{month}-{day}")
    return date.fromordinal(2796 + 365 * (year - 1) + year // 4 + 30 * (month - 1) + day - 1)


@lru_cache(maxsize=4096)
def read_date(value: str, lang: str = "", reference: date | None = None) -> str:
    """A written date as ISO 8601: a date, or a date and time where a clock time was written; empty where none can be read.

    Spans such as "3 hours ago" are read only with a reference, those of hours and minutes only with one that has a clock time.

    >>> read_date("4 أيلول 2023"), read_date("3 March 2021, 2:05 pm GMT"), read_date("soon"), read_date("3 hours ago")
    ('2023-09-04', '2021-03-03T14:05+00:00', '', '')
    """
    text = fold_text(value).strip()
    found = _absolute(text, lang)
    if found is not None:
        return found.isoformat() + _clock(text)
    back = _relative(text, reference) if reference is not None else ""
    return back or _by_library(value, text, lang)


def _absolute(text: str, lang: str) -> date | None:
    """The first day in a text whose calendar is the Gregorian one; else the first of another calendar."""
    later: date | None = None
    for calendar, day in (*_east_asian(text), *_numeric(text, lang), *_worded(text, lang), *_vietnamese(text)):
        if calendar == "gregorian":
            return day
        later = later or day
    return later


def _day(year: int, month: int, day: int, calendar: Callable[[int, int, int], date] = date) -> date | None:
    try:
        return calendar(year, month, day)
    except (ValueError, OverflowError):
        return None


def _east_asian(text: str) -> Iterator[tuple[str, date]]:
    for era, year, month, day in _CJK.findall(text):
        number = (1 if year == "元" else int(year)) + _ERAS.get(era, 0)
        found = _day(number, int(month), int(day)) if era or number > 1900 else None
        if found:
            yield "gregorian", found


def _vietnamese(text: str) -> Iterator[tuple[str, date]]:
    if "thang" in text:
        for day, month, year in _VIETNAMESE.findall(text):
            found = _day(int(year), int(month), int(day))
            if found:
                yield "gregorian", found


def _numeric(text: str, lang: str) -> Iterator[tuple[str, date]]:
    """Days in figures: year first, or day first; month first only where the day says so."""
    for match in _NUMERIC.finditer(text):
        if match[1]:
            year, month, day = int(match[1]), int(match[3]), int(match[4])
        else:
            day, month, year = int(match[5]), int(match[7]), int(match[8]) + (2000 if len(match[8]) == 2 else 0)
        if month > 12 >= day and not match[1]:
            day, month = month, day
        calendar, maker, years = _calendar(year, lang, text)
        found = _day(year - years, month, day, maker)
        if found:
            yield calendar, found


def _calendar(year: int, lang: str, text: str) -> tuple[str, Callable[[int, int, int], date], int]:
    """The calendar that a year in figures belongs to, how to make its days, and what to take off the year."""
    if 1250 <= year < 1500:
        lunar = lang == "ar" or (lang != "fa" and _HIJRI_MARK.search(text) is not None)
        return ("hijri", hijri_date, 0) if lunar else ("persian", jalali_date, 0)
    if 2400 <= year < 2700:
        return "buddhist", date, 543
    return "gregorian", date, 0


def _worded(text: str, lang: str) -> Iterator[tuple[str, date]]:
    """Days whose month is written as a word, in any calendar that has its name."""
    tokens = _TOKEN.findall(text)
    tables = (
        ("gregorian", gregorian_names(lang) if lang in GREGORIAN else gregorian_names(), date),
        ("gregorian", gregorian_names(), date),
        ("persian", names_of(PERSIAN), jalali_date),
        ("hijri", names_of(HIJRI), hijri_date),
        ("ethiopian", names_of(ETHIOPIAN), ethiopian_date),
    )
    for calendar, names, maker in tables:
        for start, end, month in _months(tokens, names):
            while (other := next(_months(tokens[end + 1 :], names), None)) and tokens[end] == "/" and other[0] == 0 and other[2] == month:
                end += 1 + other[1]
            found = _around(tokens, start, end, month, calendar, maker)
            if found:
                yield calendar, found


def _months(tokens: list[str], names: Mapping[str, int]) -> Iterator[tuple[int, int, int]]:
    """Names of months among tokens: the first token, the one behind the last, the number of the month."""
    for at, token in enumerate(tokens):
        if token.isdigit():
            continue
        for length in (4, 3, 2, 1):
            joined = ("".join if "." in tokens[at : at + length] else " ".join)(tokens[at : at + length])
            bare = joined[1:] if joined[:1] in "בו" and joined[1:] in names else joined
            if bare in names and at + length <= len(tokens):
                yield at, at + length, names[bare]
                break


def _around(tokens: list[str], start: int, end: int, month: int, calendar: str, maker: Callable[[int, int, int], date]) -> date | None:
    """The day around a month's name: day month year, month day year, or year month day."""
    before, after = _numbers(tokens[:start][::-1]), _numbers(tokens[end:])
    for day, year in (
        (before[:1], after[:1]),
        (after[:1], after[1:2]),
        (after[:1], before[:1]),
        (before[:1], before[1:2]),
    ):
        if day and year and len(day[0]) <= 2 and len(year[0]) == 4 and int(day[0]) <= 31:
            number = int(year[0])
            if calendar == "gregorian" and 2400 <= number < 2700:
                number -= 543
            if (calendar in ("persian", "hijri")) != (1250 <= number < 1500):
                continue
            return _day(number, month, int(day[0]), maker)
    return None


def _numbers(tokens: list[str]) -> list[str]:
    """The numbers nearest to a month's name, with only small words and signs between them."""
    found: list[str] = []
    for at, token in enumerate(tokens):
        if token.isdigit():
            if len(found) == 2 or (at + 1 < len(tokens) and tokens[at + 1] == ":"):
                break
            found.append(token)
        elif token not in _SKIPPED and not (found and len(token) <= 4) and not token.startswith("พ"):
            break
    return found


def _clock(text: str) -> str:
    """The clock time in a text as `T14:05`, with seconds and offset where written; empty where none is."""
    match = _TIME.search(text)
    while match and not (match["minute"] or match["after"] or re.search(r"[h時时点點시]", match[0])):
        match = _TIME.search(text, match.start() + 1)
    if match:
        marks = {re.sub(r"[.\s]", "", mark) for mark in (match["before"], match["after"]) if mark}
        return _iso_time(int(match["hour"]), int(match["minute"] or 0), match["second"], marks, match["zone"] or "")
    dotted = _DOT_TIME.search(text)
    return _iso_time(int(dotted[1]), int(dotted[2]), None, set(), "") if dotted else ""


def _iso_time(hour: int, minute: int, second: str | None, marks: set[str], zone: str) -> str:
    if marks & _LATE and hour < 12:
        hour += 12
    if marks & _EARLY and hour == 12:
        hour = 0
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        return ""
    shift = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    offset = f"{shift[1]}{int(shift[2]):02}:{shift[3] or '00'}" if shift else "+00:00" if zone else ""
    return f"T{hour:02}:{minute:02}" + (f":{second}" if second else "") + offset


def _relative(text: str, reference: date) -> str:
    """A span back from the reference: to the minute for minutes and hours, to the day for longer ones."""
    words = text.split()
    if words and words[0].strip(",:") in _TODAY | _YESTERDAY:
        day = reference - timedelta(days=1) if words[0].strip(",:") in _YESTERDAY else reference
        return day.strftime("%Y-%m-%d") + _clock(text)
    if not _AGO.search(text):
        return ""
    for unit, pattern in _SPAN.items():
        match = pattern.search(text)
        if match:
            word = match[2] or match[4]
            count = int(match[1] or match[3] or (2 if word in _PAIRS else 1))
            moment = reference - timedelta(**{unit: count})
            if unit not in ("minutes", "hours"):
                return moment.strftime("%Y-%m-%d")
            return moment.strftime("%Y-%m-%dT%H:%M") if isinstance(moment, datetime) else ""
    return ""


def _by_library(value: str, text: str, lang: str) -> str:
    """What dateparser makes of it, absolute dates only; a text without figures or letters is not tried."""
    if not re.search(r"\d{4}", text) or len(text) > 60:
        return ""
    import dateparser  # costs .3 s to import; most pages need no parsing

    languages = [lang] if lang in _library_languages() else ["en"]
    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": "DMY", "PARSERS": ["absolute-time"]}
    parsed: datetime | None = dateparser.parse(value, languages=languages, settings=settings)
    return parsed.date().isoformat() + _clock(text) if parsed else ""


@lru_cache(maxsize=1)
def _library_languages() -> frozenset[str]:
    from dateparser.data.languages_info import language_order

    return frozenset(language_order)
