"""The commands that the documents show do what the documents say.

A block marked `<!-- run -->` is run as it stands, in a folder that shows what a checkout
shows; CONTRIBUTING.md says how to mark one. All blocks must at least be valid shell.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md") if (ROOT / name).exists()),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("scenarios/*/README.md")),
    *sorted(ROOT.glob("topologies/README.md")),
]
NOT_SHOWN = {".git", ".venv", "runs"}
LONGEST_BLOCK_S = 600

_FENCE = re.compile(r"^```(\w*)\s*$")
_COMMENT = re.compile(r"^<!--\s*(run|output|exit)(?::\s*(.*?))?\s*-->$")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


@dataclass(frozen=True)
class Block:
    """A fenced shell block and what the comments before it ask for."""

    line: int
    script: str
    runs: bool = False
    marks: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    exits: tuple[int, ...] = (0,)


def shell_blocks(text: str) -> Iterator[Block]:
    """Find the blocks fenced as `sh` in a Markdown document."""
    comments: list[re.Match[str]] = []
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        if comment := _COMMENT.match(line.strip()):
            comments.append(comment)
        elif fence := _FENCE.match(line):
            body = []
            for _, inner in lines:
                if _FENCE.match(inner):
                    break
                body.append(inner)
            if fence[1] == "sh":
                yield _block(number, "\n".join(body), comments)
            comments = []
        elif line.strip():
            comments = []


def _block(line: int, script: str, comments: list[re.Match[str]]) -> Block:
    asked = [comment[2] or "" for comment in comments if comment[1] == "run"]
    return Block(
        line=line,
        script=script,
        runs=bool(asked),
        marks=tuple(" ".join(asked).split()),
        outputs=tuple(comment[2] for comment in comments if comment[1] == "output"),
        exits=_exits([comment[2] for comment in comments if comment[1] == "exit"]),
    )


def _exits(asked: list[str]) -> tuple[int, ...]:
    return tuple(int(code) for text in asked for code in text.split()) or (0,)


def _cases(*, runs: bool) -> Iterator[object]:
    for document in DOCUMENTS:
        for block in shell_blocks(document.read_text(encoding="utf-8")):
            if block.runs or not runs:
                marks = [getattr(pytest.mark, name) for name in block.marks] if runs else []
                place = f"{document.relative_to(ROOT)}:{block.line}"
                yield pytest.param(document, block, id=place, marks=marks)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """For each document a folder that shows the checkout and takes what the commands write."""
    folders = {}
    for document in DOCUMENTS:
        folder = tmp_path_factory.mktemp(document.stem)
        for entry in ROOT.iterdir():
            if entry.name not in NOT_SHOWN:
                (folder / entry.name).symlink_to(entry)
        folders[document] = folder
    return folders


@pytest.mark.parametrize(("document", "block"), [*_cases(runs=True)])
def test_the_command_does_what_the_document_says(
    document: Path, block: Block, workspaces: dict[Path, Path]
) -> None:
    programs = str(Path(sys.executable).parent)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.script],
        cwd=workspaces[document],
        env={**os.environ, "PATH": os.pathsep.join([programs, os.environ["PATH"]])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_BLOCK_S,
        check=False,
    )
    assert ended.returncode in block.exits, ended.stdout
    for wanted in block.outputs:
        assert wanted in ended.stdout


@pytest.mark.parametrize(("document", "block"), [*_cases(runs=False)])
def test_the_command_is_valid_shell(document: Path, block: Block) -> None:
    checked = subprocess.run(
        ["bash", "-n", "-c", block.script], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, f"{document}:{block.line}: {checked.stderr}"


def test_the_readme_has_commands_that_are_run() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert any(block.runs for block in shell_blocks(readme))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = _LINK.findall(document.read_text(encoding="utf-8"))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    broken = [target for target in local if not (document.parent / target).exists()]
    assert broken == []


def test_marked_blocks_are_found_with_what_they_ask_for() -> None:
    text = """
Text.

<!-- run: emulation long -->
<!-- output: 2 hosts -->
<!-- output: VALID -->
<!-- exit: 0 4 -->

```sh
./run emulate icu
./run list scenarios
```

<!-- run -->
Text between the comment and the block takes the mark away.

```sh
echo not run
```

<!-- run -->
```python
print("not shell")
```

```sh
echo after
```
"""
    first, second, third = shell_blocks(text)
    assert first == Block(
        line=9,
        script="./run emulate icu\n./run list scenarios",
        runs=True,
        marks=("emulation", "long"),
        outputs=("2 hosts", "VALID"),
        exits=(0, 4),
    )
    assert second == Block(line=17, script="echo not run")
    assert third == Block(line=26, script="echo after")


def test_a_comment_like_line_inside_a_block_is_shell() -> None:
    (block,) = shell_blocks("```sh\n<!-- run -->\n```\n")
    assert block == Block(line=1, script="<!-- run -->")
