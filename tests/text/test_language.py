"""The guess at a text's language: by script where that tells, else by function words."""

from __future__ import annotations

import pytest

from cleaner.text.fold import fold_text
from cleaner.text.language import guess_language


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The bridge was closed for the day and it is not known when it will open"),
        ("fr", "Le pont est fermé pour la journée et les habitants ne savent pas quand il sera ouvert"),
        ("es", "El puente se cerró por la mañana y los vecinos no saben cuándo se abrirá para todos"),
        ("de", "Die Brücke ist für den Tag gesperrt und das Amt sagt nicht, wann sie wieder auf ist"),
        ("ar", "أعلنت البلدية أن الجسر مغلق في هذا اليوم وقال المدير إن العمل على الطريق بدأ من الصباح"),
        ("fa", "شهرداری اعلام کرد که پل از امروز برای مردم بسته است و این کار با هزینه شهر انجام می شود"),
        ("ru", "Мост закрыт на весь день, и мэр не знает, что по этому поводу скажут жители"),
        ("ja", "橋は一日中閉鎖されています"),
        ("zh", "大桥今天全天关闭"),
        ("ko", "다리는 하루 종일 닫혀 있다"),
        ("hi", "पुल पूरे दिन बंद रहेगा"),
        ("el", "Η γέφυρα είναι κλειστή όλη μέρα"),
        ("any", "12 : 45"),
        ("any", ""),
    ],
)
def test_guess(lang: str, text: str) -> None:
    assert guess_language(fold_text(text)) == lang
