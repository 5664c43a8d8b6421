"""Pages of texts for tests of single stages."""

from __future__ import annotations

from cleaner.model import Document, Page
from cleaner.text.page import make_page


def page_of(text: str, site: str = "") -> Page:
    """A page with blocks and tokens and without labels."""
    return make_page(Document("page", text, site))
