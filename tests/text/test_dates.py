"""Dates as pages write them, in every language of the packs: at least 97 of 100 are read as they were meant."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.text.dates import ethiopian_date, hijri_date, jalali_date, read_date

NOW = datetime(2023, 9, 4, 12, 30)
# language | text | ISO 8601; no text is one that must not be read
TABLE = """
ar | 4 أيلول 2023 | 2023-09-04
ar | أغسطس / آب 5, 2022 | 2022-08-05
ar | 31 يناير/ كانون الثاني 2023 | 2023-01-31
ar | الاثنين 15 تشرين الأول / أكتوبر 2018 | 2018-10-15
ar | ٣ مارس ٢٠٢١ | 2021-03-03
ar | السبت 3 مارس 2021 - 02:05 م | 2021-03-03T14:05
ar | 3 غشت 2021 | 2021-08-03
ar | 12 جويلية 2019 | 2019-07-12
ar | 7 فيفري 2020 | 2020-02-07
ar | 9 أوت 2020 | 2020-08-09
ar | 2 نونبر 2017 | 2017-11-02
ar | 30 دجنبر 2017 | 2017-12-30
ar | 17 شتنبر 2016 | 2016-09-17
ar | 5 جوان 2015 | 2015-06-05
ar | 11 حزيران 2014 | 2014-06-11
ar | 22 تموز 2013 | 2013-07-22
ar | 1 شباط 2012 | 2012-02-01
ar | 28 نيسان 2011 | 2011-04-28
ar | 19 أيار 2010 | 2010-05-19
ar | 6 كانون الأول 2009 | 2009-12-06
ar | 8 تشرين الثاني 2008 | 2008-11-08
ar | 20 آذار 2022 | 2022-03-20
ar | نشر في: 2022/03/20 10:15 صباحا | 2022-03-20T10:15
ar | 20-03-2022 | 2022-03-20
ar | ١٤:٠٥ - ٢٠٢٢/٣/٢٠ | 2022-03-20T14:05
ar | 18 صفر 1445 | 2023-09-03
ar | 1445/2/18هـ | 2023-09-03
ar | 1445/2/18هـ الموافق 2023/9/3م | 2023-09-03
ar | 10 رمضان 1442 هـ | 2021-04-22
ar | 1 محرم 1444هـ | 2022-07-30
ar | 14 ذو الحجة 1440 | 2019-08-15
ar | 5 ربيع الأول 1443هـ | 2021-10-11
ar | الأحد، 4 سبتمبر 2022 الساعة 15:30 بتوقيت غرينتش | 2022-09-04T15:30+00:00
en | 5th, September 2023 GMT | 2023-09-05
en | March 3, 2021 | 2021-03-03
en | Mar. 3, 2021 at 2:05 PM | 2021-03-03T14:05
en | Wednesday 3 March 2021 14:05 GMT | 2021-03-03T14:05+00:00
en | 3rd of March 2021 | 2021-03-03
en | 2021-03-03T10:05:06+03:00 | 2021-03-03T10:05:06+03:00
en | 2021-03-03T10:05Z | 2021-03-03T10:05+00:00
en | 2021-03-03 | 2021-03-03
en | Sept 9, 2019 | 2019-09-09
en | Dec 31, 1999 11:59 p.m. | 1999-12-31T23:59
en | 12:05 am, 1 May 2018 | 2018-05-01T00:05
en | 03/13/2021 | 2021-03-13
fr | 3 mars 2021 | 2021-03-03
fr | mercredi 3 mars 2021 à 14h05 | 2021-03-03T14:05
fr | 1er août 2020 | 2020-08-01
fr | le 12 décembre 2019 à 08:30 | 2019-12-12T08:30
fr | Publié le 3 févr. 2021 | 2021-02-03
fr | 14 juillet 2018 | 2018-07-14
fr | 03/03/2021 | 2021-03-03
es | 3 de marzo de 2021 | 2021-03-03
es | marzo 3, 2021 | 2021-03-03
es | 12 de setiembre del 2019 | 2019-09-12
es | miércoles, 3 de marzo de 2021, 14:05 h | 2021-03-03T14:05
es | 3 ene 2021 | 2021-01-03
es | 24 de diciembre de 2022 - 09:15 a. m. | 2022-12-24T09:15
pt | 3 de março de 2021 | 2021-03-03
pt | 03/03/2021 14h05 | 2021-03-03T14:05
pt | 7 de setembro de 2022 às 10:20 | 2022-09-07T10:20
pt | 15 fev 2020 | 2020-02-15
it | 3 marzo 2021 | 2021-03-03
it | mercoledì 1 gennaio 2020 ore 10.15 | 2020-01-01T10:15
it | 22 lug 2019 | 2019-07-22
it | 5 giugno 2018, 18:40 | 2018-06-05T18:40
ca | 3 de març de 2021 | 2021-03-03
ca | 11 d'abril de 2020 | 2020-04-11
ca | 9 d’agost de 2019 | 2019-08-09
de | 3. März 2021 | 2021-03-03
de | Mittwoch, 3. März 2021, 14:05 Uhr | 2021-03-03T14:05
de | 03.03.2021 | 2021-03-03
de | 3. Jänner 2020 | 2020-01-03
de | Stand: 31. Dez. 2018 | 2018-12-31
de | 3.3.21 | 2021-03-03
nl | 3 maart 2021 | 2021-03-03
nl | 12 mei 2020 om 14:05 | 2020-05-12T14:05
nl | 5 mrt. 2019 | 2019-03-05
sv | 3 mars 2021 | 2021-03-03
sv | 12 augusti 2020 kl. 14.05 | 2020-08-12T14:05
da | 3. marts 2021 | 2021-03-03
da | 12. maj 2020 kl. 08.30 | 2020-05-12T08:30
no | 3. mars 2021 | 2021-03-03
no | 24. desember 2019 | 2019-12-24
pl | 3 marca 2021 | 2021-03-03
pl | środa, 3 września 2020 r., godz. 14:05 | 2020-09-03T14:05
pl | 11 listopada 2018 | 2018-11-11
pl | 05 Sty 2012 | 2012-01-05
cs | 3. března 2021 | 2021-03-03
cs | 17. listopadu 2019 14:05 | 2019-11-17T14:05
cs | 28. září 2020 | 2020-09-28
ro | 3 martie 2021 | 2021-03-03
ro | 1 decembrie 2018, 10:15 | 2018-12-01T10:15
bg | 3 март 2021 г. | 2021-03-03
bg | 24 май 2020, 14:05 | 2020-05-24T14:05
el | 3 Μαρτίου 2021 | 2021-03-03
el | 25 Μαΐου 2020 14:05 | 2020-05-25T14:05
el | 17 Νοε 2019 | 2019-11-17
ru | 3 марта 2021 | 2021-03-03
ru | 9 мая 2020 г., 14:05 | 2020-05-09T14:05
ru | 31 дек 2018 | 2018-12-31
ru | Опубликовано 1 сентября 2019 года | 2019-09-01
uk | 3 березня 2021 | 2021-03-03
uk | 24 серпня 2020 року, 14:05 | 2020-08-24T14:05
uk | 11 листопада 2018 | 2018-11-11
tr | 3 Mart 2021 | 2021-03-03
tr | 29 Ekim 2020 Perşembe 14:05 | 2020-10-29T14:05
tr | 15 Şubat 2019 | 2019-02-15
tr | 10 Ağu 2018 | 2018-08-10
az | 3 mart 2021 | 2021-03-03
az | 28 may 2020, 14:05 | 2020-05-28T14:05
az | 20 yanvar 2019 | 2019-01-20
fa | ۱۲ اسفند ۱۴۰۰ | 2022-03-03
fa | ۱۳۹۹/۱۲/۱۳ | 2021-03-03
fa | سه‌شنبه ۱ فروردین ۱۴۰۲ | 2023-03-21
fa | ۳۰ اسفند ۱۳۹۹ - ۱۴:۰۵ | 2021-03-20T14:05
fa | ۲۲ بهمن ۱۳۹۸ | 2020-02-11
fa | ۳ مارس ۲۰۲۱ | 2021-03-03
fa | ۱۵ ژوئن ۲۰۲۰ | 2020-06-15
fa | ۱۰ حمل ۱۴۰۰ | 2021-03-30
ur | 3 مارچ 2021 | 2021-03-03
ur | ۱۴ اگست ۲۰۲۰ | 2020-08-14
ur | 23 جنوری 2019 | 2019-01-23
he | 3 במרץ 2021 | 2021-03-03
he | 14 במאי 2020, 14:05 | 2020-05-14T14:05
he | 3.3.2021 | 2021-03-03
hi | 3 मार्च 2021 | 2021-03-03
hi | 15 अगस्त 2020 | 2020-08-15
hi | 26 जनवरी 2019, 10:15 AM | 2019-01-26T10:15
bn | ৩ মার্চ ২০২১ | 2021-03-03
bn | ২৬ ফেব্রুয়ারি ২০২০, ১৪:০৫ | 2020-02-26T14:05
bn | ১৬ ডিসেম্বর ২০১৯ | 2019-12-16
th | 3 มีนาคม 2566 | 2023-03-03
th | 3 มี.ค. 2566 | 2023-03-03
th | 12 สิงหาคม พ.ศ. 2563 | 2020-08-12
th | 05/12/2562 | 2019-12-05
id | 3 Maret 2021 | 2021-03-03
id | Rabu, 17 Agustus 2020 14:05 WIB | 2020-08-17T14:05
id | 21 Mei 2019 | 2019-05-21
ms | 3 Mac 2021 | 2021-03-03
ms | 31 Ogos 2020 | 2020-08-31
vi | Thứ Tư, 3 tháng 3, 2021 | 2021-03-03
vi | ngày 2 tháng 9 năm 2020 | 2020-09-02
vi | 03/03/2021 14:05 | 2021-03-03T14:05
sw | 3 Machi 2021 | 2021-03-03
sw | 9 Desemba 2020 | 2020-12-09
am | 12 ኅዳር 2014 | 2021-11-21
am | 3 ማርች 2021 | 2021-03-03
am | 1 መስከረም 2014 | 2021-09-11
zh | 2021年3月3日 | 2021-03-03
zh | 2021年3月3日 下午3:05 | 2021-03-03T15:05
zh | 2021-03-03 10:15:06 | 2021-03-03T10:15:06
zh | 民國110年3月3日 | 2021-03-03
zh | ２０２１年３月３日 | 2021-03-03
zh | 2021年12月31日 14时05分 | 2021-12-31T14:05
ja | 2021年3月3日 | 2021-03-03
ja | 令和3年3月3日 | 2021-03-03
ja | 平成30年12月1日 | 2018-12-01
ja | 令和元年5月1日 | 2019-05-01
ja | 2021年3月3日 午後3時5分 | 2021-03-03T15:05
ja | 2021/03/03 10:15 | 2021-03-03T10:15
ko | 2021년 3월 3일 | 2021-03-03
ko | 2021.03.03 10:15 | 2021-03-03T10:15
ko | 2021년 3월 3일 오후 3:05 | 2021-03-03T15:05
ko | 2021. 3. 3. | 2021-03-03
- | soon |
- | 3 hours ago |
- | منذ 3 ساعات |
- | il y a 2 jours |
- | 31/02/2021 |
- | 14:05 |
- | chapter 3, verse 12 |
- | the 2021 season |
- | 3 March |
- | 99 March 2021 |
hu | 2021. március 3. 14:05 | 2021-03-03T14:05
hu | 2019. szept. 12. | 2019-09-12
fi | 3. maaliskuuta 2021 | 2021-03-03
fi | 24. joulukuuta 2020 klo 8.15 | 2020-12-24T08:15
sk | 3. marca 2021 | 2021-03-03
sk | 15. júla 2018 o 9:30 | 2018-07-15T09:30
hr | 3. ožujka 2021. | 2021-03-03
hr | 28. listopada 2019. | 2019-10-28
hr | 5. studenoga 2017. | 2017-11-05
sr | 3. mart 2021. | 2021-03-03
sr | 17. новембар 2018. | 2018-11-17
sl | 3. marec 2021 | 2021-03-03
sl | 9. avgusta 2016 | 2016-08-09
lt | 2021 m. kovo 3 d. | 2021-03-03
lt | 2019 m. rugpjūčio 21 d. 10:20 | 2019-08-21T10:20
lv | 2021. gada 3. marts | 2021-03-03
lv | 2018. gada 12. oktobris | 2018-10-12
et | 3. märts 2021 | 2021-03-03
et | 30. detsember 2015 | 2015-12-30
sq | 3 mars 2021 | 2021-03-03
sq | 11 nëntor 2019 | 2019-11-11
mk | 3 март 2021 | 2021-03-03
mk | 22 октомври 2017 | 2017-10-22
be | 3 сакавіка 2021 | 2021-03-03
be | 14 лістапада 2018 | 2018-11-14
is | 3. mars 2021 | 2021-03-03
is | 19. ágúst 2016 | 2016-08-19
""".strip()
RELATIVE = """
منذ 3 ساعات | 2023-09-04T09:30
منذ ساعتين | 2023-09-04T10:30
قبل 20 دقيقة | 2023-09-04T12:10
منذ يومين | 2023-09-02
3 hours ago | 2023-09-04T09:30
2 days ago | 2023-09-02
il y a 2 jours | 2023-09-02
hace 3 horas | 2023-09-04T09:30
vor 20 Minuten | 2023-09-04T12:10
2 дня назад | 2023-09-02
3 години тому | 2023-09-04T09:30
3 saat önce | 2023-09-04T09:30
3小时前 | 2023-09-04T09:30
20分前 | 2023-09-04T12:10
3시간 전 | 2023-09-04T09:30
3 jam lalu | 2023-09-04T09:30
2 weeks ago | 2023-08-21
yesterday 10:15 | 2023-09-03T10:15
أمس | 2023-09-03
сегодня | 2023-09-04
""".strip()


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in table.splitlines()]


def test_table_is_read() -> None:
    """At least 97 % of the table, and enough of it to mean something."""
    rows = [(lang.strip("-"), text, iso) for lang, text, iso in _rows(TABLE)]
    wrong = [(text, iso, read_date(text, lang)) for lang, text, iso in rows if read_date(text, lang) != iso]

    assert len(rows) >= 150
    assert len(wrong) <= 0.03 * len(rows), wrong


def test_language_is_seldom_needed() -> None:
    """Most of the table is read where nobody says the language; only the calendar of bare figures needs it."""
    rows = [(text, iso) for _, text, iso in _rows(TABLE)]
    right = sum(read_date(text) == iso for text, iso in rows)

    assert right >= 0.9 * len(rows)


@pytest.mark.parametrize(("text", "iso"), _rows(RELATIVE))
def test_spans_are_read_only_with_a_reference(text: str, iso: str) -> None:
    assert read_date(text, "", NOW) == iso
    assert read_date(text) == ""


@pytest.mark.parametrize(
    ("text", "iso"),
    [("2 days ago", "2023-09-02"), ("منذ يومين", "2023-09-02"), ("yesterday", "2023-09-03"), ("2 hours ago", ""), ("منذ 3 ساعات", "")],
)
def test_a_reference_without_a_clock_time_tells_no_hour(text: str, iso: str) -> None:
    assert read_date(text, "", NOW.date()) == iso


def test_calendars_meet_known_days() -> None:
    assert jalali_date(1399, 12, 30).isoformat() == "2021-03-20"
    assert hijri_date(1443, 9, 1).isoformat() == "2022-04-02"
    assert ethiopian_date(2016, 1, 1).isoformat() == "2023-09-12"


@given(st.text(max_size=60), st.sampled_from(["", "ar", "fa", "zh", "xx"]))
def test_any_text_is_safe(text: str, lang: str) -> None:
    """Whatever is written, the answer is empty or begins with a day of ISO 8601."""
    found = read_date(text, lang)

    assert not found or datetime.fromisoformat(found)
