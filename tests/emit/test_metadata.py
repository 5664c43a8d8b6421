"""What a record declares and what rules capture, as metadata of the result."""

from __future__ import annotations

import pytest

from cleaner import clean
from cleaner.model import Document

STORY = "\n".join(f"The council of the harbour town met on Monday and voted for pier number {number} after a long debate." for number in range(6))


@pytest.mark.parametrize(
    ("stamp", "fetched", "published"),
    [
        ("Published: 3 hours ago", "2023-09-04T12:30:00Z", "2023-09-04T09:30"),
        ("نشر: منذ 3 ساعات", "2023-09-04T12:30:00Z", "2023-09-04T09:30"),
        ("Published: 2 days ago", "2023-09-04", "2023-09-02"),
        ("Published: 3 hours ago", "2023-09-04", "3 hours ago"),
        ("Published: 3 hours ago", "", "3 hours ago"),
        ("Published: 3 hours ago", "soon", "3 hours ago"),
        ("Published: 3 March 2021", "2023-09-04T12:30:00Z", "2021-03-03"),
    ],
)
def test_spans_back_count_from_when_the_record_was_fetched(stamp: str, fetched: str, published: str) -> None:
    document = Document("a", f"Old pier reopens\n{stamp}\n{STORY}", metadata={"fetched": fetched})

    assert clean(document).metadata == {"published": published}
