"""Clean news text: keep the core story, give back everything else with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleaner.config import Options
    from cleaner.model import Document, Result
    from cleaner.pipeline import clean, clean_many
    from cleaner.rules.compile import compile_rules
    from cleaner.rules.load import load_rules

__version__ = "0.1.0"
__all__ = ["Document", "Options", "Result", "__version__", "clean", "clean_many", "compile_rules", "load_rules"]

_HOMES = {
    "Document": "cleaner.model",
    "Options": "cleaner.config",
    "Result": "cleaner.model",
    "clean": "cleaner.pipeline",
    "clean_many": "cleaner.pipeline",
    "compile_rules": "cleaner.rules.compile",
    "load_rules": "cleaner.rules.load",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import cleaner` and `cleaner --version` cost nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cleaner' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
