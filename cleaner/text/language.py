"""Guess the language of a text from its script and its commonest function words; good enough to name a rule file, no more."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from cleaner.text.fold import fold_text

_SAMPLE = 4_000  # folded characters looked at
_LEAST_VOTES = 1.5  # two or three function words of the language must stand in the sample
# Scripts of (nearly) one language. Kana before Han: Japanese holds both.
_SCRIPTS = (
    ("ja", 0x3040, 0x3100), ("zh", 0x4E00, 0xA000), ("ko", 0xAC00, 0xD7A4), ("he", 0x0590, 0x0600), ("el", 0x0370, 0x0400), ("hi", 0x0900, 0x0980),
    ("bn", 0x0980, 0x0A00), ("pa", 0x0A00, 0x0A80), ("gu", 0x0A80, 0x0B00), ("ta", 0x0B80, 0x0C00), ("te", 0x0C00, 0x0C80), ("kn", 0x0C80, 0x0D00),
    ("ml", 0x0D00, 0x0D80), ("si", 0x0D80, 0x0E00), ("th", 0x0E00, 0x0E80), ("my", 0x1000, 0x10A0), ("ka", 0x10A0, 0x1100), ("am", 0x1200, 0x1380),
    ("km", 0x1780, 0x1800), ("hy", 0x0530, 0x0590),
)  # fmt: skip
# The commonest function words of each language, as lists of frequencies have them.
_WORDS = {
    "ar": "في من على أن إلى التي عن مع هذا هذه الذي بعد كان قال",
    "fa": "در به از که این را با است برای آن یک خود شد های",
    "ur": "کے میں کی ہے اور سے کا کو نے پر یہ ہیں گیا",
    "ps": "په د چې او له کې ته دی سره شوي",
    "en": "the of and to in that is was for with on by from has",
    "fr": "le la les des et en du une est dans pour que qui sur au",
    "es": "el la los de que y en las por con una para del se su",
    "pt": "o de que e do da em um para com não uma os no na ao",
    "it": "il di che e la in un per del è non con della una sono",
    "ca": "el la els de que i en les per amb una del és no ha",
    "ro": "și de la în a cu pe pentru care din nu că o este au",
    "de": "der die und den das von zu mit ist im für auf nicht ein",
    "nl": "de het een van en in dat op te zijn voor met is niet aan",
    "sv": "och att det i en som på är av för med till den inte",
    "da": "og at det en den til af på er som for med der ikke",
    "no": "og i det på som er en til å av for at med ikke har",
    "fi": "ja on ei että se oli hän mutta joka myös kun ovat",
    "pl": "w i na z do że się nie to jest o od po przez",
    "cs": "a v na se že je s z do o to by jsou pro které",
    "sk": "a v na sa že je s z do o to by sú pre ktoré",
    "hu": "a az és hogy nem is egy meg volt de ez csak",
    "hr": "i u je na da se za od su s koji a što nije",
    "sl": "in v je na da se za so z ki pa tudi bi",
    "lt": "ir į kad su iš yra tai bet ne kaip buvo po",
    "lv": "un ir ar no par kas ka uz tas bet",
    "et": "ja on ei et oli see ka kui mis aga ning",
    "tr": "ve bir bu için ile da de olarak olan çok daha ne kadar",
    "az": "və bir bu üçün ilə də da olan ki ildə bildirib isə",
    "id": "yang dan di ini dengan untuk dari itu tidak pada dalam akan oleh",
    "ms": "yang dan di ini dengan untuk dari itu tidak pada dalam oleh kata beliau telah",
    "vi": "và của là có cho các được trong với không một đã",
    "tl": "ang ng sa na mga ay at si ni para hindi",
    "sw": "ya na wa kwa katika ni za kuwa la hiyo huo",
    "ru": "и в не на что с по это как его из для от",
    "uk": "і в не на що з у до та за про як від",
    "bg": "на и да за се от в с че е по не са ще",
    "sr": "и у је на да се за од су са који а што није",
    "mk": "на и да во за се од со е што не ќе",
    "kk": "және мен бұл бойынша үшін деп да де болды бір",
    "eu": "eta da du ez bat ere izan dira dute",
    "ku": "û li di de ji bo ku ew jî bi",
    "sq": "e të në që për me një nga është i dhe",
    "so": "oo ka ku iyo in la soo uu ay ee",
    "ha": "da a na ya ta cikin ba su wannan",
    "yo": "ni ti o si ko awon fun naa",
}
_WORD = re.compile(r"[^\W\d_]+")


@cache
def _languages_of() -> dict[str, tuple[str, ...]]:
    """For each function word, folded, the languages that use it."""
    out: dict[str, list[str]] = {}
    for lang, words in _WORDS.items():
        for word in dict.fromkeys(fold_text(words).split()):
            out.setdefault(word, []).append(lang)
    return {word: tuple(langs) for word, langs in out.items()}


def guess_language(folded: str) -> str:
    """The language code of a folded text, `any` where nothing tells.

    >>> guess_language("the mayor of the town said that it was closed"), guess_language("123"), guess_language("市长表示")
    ('en', 'any', 'zh')
    """
    counts = Counter(folded[:_SAMPLE])
    letters = sum(count for char, count in counts.items() if char.isalpha())
    for lang, low, high in _SCRIPTS:
        if sum(count for char, count in counts.items() if low <= ord(char) < high) * 4 > letters:
            return lang
    votes: dict[str, float] = {}
    words = Counter(_WORD.findall(folded[:_SAMPLE]))
    languages = _languages_of()
    for word in sorted(words.keys() & languages.keys()):
        for lang in languages[word]:
            # A word of several languages speaks for each of them a little; how often it stands there counts less than that it does.
            votes[lang] = votes.get(lang, 0.0) + (1.0 + min(words[word], 5) / 5) / len(languages[word])
    best = max(sorted(votes), key=lambda lang: votes[lang], default="")
    return best if best and votes[best] >= _LEAST_VOTES else "any"
