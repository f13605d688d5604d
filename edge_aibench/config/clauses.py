"""Short sentences of the command line: `node edge at 10 s for 2 s` as words and quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge_aibench.errors import ConfigError

LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Clauses:
    """The words before the first keyword, and what follows each keyword up to the next one.

    *where* is how errors call the option.
    """

    head: tuple[str, ...]
    parts: dict[str, str]
    where: str

    def quantity(self, keyword: str, parse: Callable[[object], float]) -> float | None:
        """What follows *keyword*, read by one of `edge_aibench.units`; None if it is not there.

        Raises ConfigError for a text that *parse* refuses.
        """
        if keyword not in self.parts:
            return None
        return read_quantity(self.parts[keyword], parse, where=self.where, key=keyword)


def split_clauses(text: str, keywords: Iterable[str], *, where: str, heads: int = 0) -> Clauses:
    """Cut *text* at its *keywords*; its first *heads* words are none, whatever they are.

    Raises ConfigError for a keyword that comes twice or that nothing follows.
    """
    if len(text) > LONGEST_TEXT:
        raise ConfigError(f"must have at most {LONGEST_TEXT} characters", where=where[:80] + "...")
    words = text.split()
    known = set(keywords)
    first = next((i for i, word in enumerate(words) if i >= heads and word in known), len(words))
    gathered: dict[str, list[str]] = {}
    keyword = ""
    for word in words[first:]:
        if word not in known:
            gathered[keyword].append(word)
            continue
        if word in gathered:
            raise ConfigError("stands there twice", where=where, value=word)
        keyword = word
        gathered[keyword] = []
    for keyword, said in gathered.items():
        if not said:
            raise ConfigError("must be followed by a value", where=where, value=keyword)
    parts = {keyword: " ".join(said) for keyword, said in gathered.items()}
    return Clauses(head=tuple(words[:first]), parts=parts, where=where)


def read_quantity(
    text: str, parse: Callable[[object], float], *, where: str, key: str | None = None
) -> float:
    """Read *text* with one of the parsers of `edge_aibench.units`. Raises ConfigError."""
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigError(str(error), where=where, key=key, value=text) from None
