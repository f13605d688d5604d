"""The frame and the style of a self-contained page: no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

# Line colours after Okabe and Ito (2008), which keep apart for most kinds of colour blindness;
# the darkest are lightened for a dark ground. Text meets a contrast of 4.5 to 1 on both.
STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#d0d7de;
--good:#116329;--bad:#a40e26;--open:#7d4e00;--c0:#0072b2;--c1:#d55e00;--c2:#00795a;--c3:#a8437f;
--c4:#8a6d00;--c5:#3d6f8e}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--paper:#0d1117;
--line:#30363d;--good:#56d364;--bad:#ff7b72;--open:#e3b341;--c0:#56b4e9;--c1:#ff8f4a;--c2:#2fc79b;
--c3:#e39ac4;--c4:#f0e442;--c5:#9ec9e2}}
body{margin:0 auto;max-width:60rem;padding:1.5rem;color:var(--ink);background:var(--paper);
font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}
p{margin:.3rem 0}.soft,caption,.legend{color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.2rem 0}th,td{padding:.25rem .8rem .25rem 0;text-align:left;
vertical-align:top;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;white-space:nowrap}
td small,th small{color:var(--soft);display:block;font-weight:400;white-space:nowrap}
.good{color:var(--good);font-weight:700}.bad{color:var(--bad);font-weight:700}
.open{color:var(--open);font-weight:700}
pre{overflow:auto;max-height:30rem;padding:.8rem;border:1px solid var(--line);font-size:.85rem}
svg{width:100%;height:auto;font:12px system-ui,sans-serif}svg text{fill:var(--ink)}
svg .tick,svg .axis,svg .value{fill:var(--soft)}svg .grid{stroke:var(--line)}
svg .mark{stroke:var(--bad);stroke-dasharray:2 3}svg .marktext{fill:var(--bad)}
.line{fill:none;stroke-width:2}.s0{stroke:var(--c0)}.s1{stroke:var(--c1);stroke-dasharray:7 3}
.s2{stroke:var(--c2);stroke-dasharray:2 2}.s3{stroke:var(--c3);stroke-dasharray:9 3 2 3}
.s4{stroke:var(--c4);stroke-dasharray:5 5}.s5{stroke:var(--c5);stroke-dasharray:1 4}
.b0{fill:var(--c0)}.b1{fill:var(--c1)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:.2rem 0}
.legend .key{width:28px;height:10px;margin-right:.4rem}
""".replace("\n", "")

_CLASSES = {"PASS": "good", "VALID": "good", "ok": "good", "kept": "good"} | {
    "FAIL": "bad",
    "INVALID": "bad",
    "OFF": "bad",
    "broken": "bad",
    "UNDECIDED": "open",
    "undecided": "open",
    "INTERRUPTED": "open",
}


def page(title: str, body: Iterable[str]) -> str:
    """A whole document; *body* is HTML already."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def section(title: str, *content: str) -> str:
    """A titled section, or nothing if it has no content."""
    inner = "".join(content)
    return f"<section><h2>{escape(title)}</h2>{inner}</section>" if inner else ""


def paragraph(text: str, style: str = "") -> str:
    """One paragraph of plain text."""
    attribute = f' class="{style}"' if style else ""
    return f"<p{attribute}>{escape(text)}</p>"


def word(text: str) -> str:
    """A verdict, coloured by its meaning; the word itself carries it."""
    return f'<span class="{_CLASSES.get(text, "")}">{escape(text)}</span>'


def preformatted(text: str) -> str:
    """Text as it stands, reachable with the keyboard where it scrolls."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


class Markup(str):
    """A table cell that is HTML already; any other cell is escaped."""

    __slots__ = ()


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1
) -> str:
    """A table whose first *text_columns* columns are text and whose others are figures."""
    head = "".join(
        f'<th scope="col"{_align(number, text_columns)}>{escape(name)}</th>'
        for number, name in enumerate(columns)
    )
    lines = "".join(f"<tr>{_row(row, text_columns)}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def stacked(first: str, second: str) -> Markup:
    """A cell of two lines, the second one small."""
    small = f"<small>{escape(second)}</small>" if second else ""
    return Markup(f"{escape(first)}{small}")


def _row(row: Sequence[str], text_columns: int) -> str:
    cells = []
    for number, cell in enumerate(row):
        inner = cell if isinstance(cell, Markup) else escape(cell)
        if number == 0:
            cells.append(f'<th scope="row">{inner}</th>')
        else:
            cells.append(f"<td{_align(number, text_columns)}>{inner}</td>")
    return "".join(cells)


def _align(number: int, text_columns: int) -> str:
    return "" if number < text_columns else ' class="n"'
