"""The pieces that console pictures are made of."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

WIDTH = 80


def to_text(renderable: RenderableType, *, width: int = WIDTH, colour: bool = False) -> str:
    """Render to a string, for files, tests and documents."""
    from rich.console import Console

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
    )
    console.print(renderable)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def text(content: str, style: str = "") -> Text:
    """Plain text, never read as markup."""
    from rich.text import Text

    return Text(content, style=style)


def table(*columns: str) -> Table:
    """A table whose first column is text and whose others are figures."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for number, name in enumerate(columns):
        grid.add_column(name, justify="left" if number == 0 else "right")
    return grid


def add(to: Table, *cells: RenderableType) -> None:
    """Add a row; text in it is never read as markup (`[relay]` would vanish)."""
    to.add_row(*(text(cell) if isinstance(cell, str) else cell for cell in cells))


def section(title: str, content: Table) -> RenderableType:
    """A titled table after a blank line."""
    from rich.console import Group

    return Group("", text(title, "bold"), content)


def facts() -> Table:
    """Rows of a name and what there is to say."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table
