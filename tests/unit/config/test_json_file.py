"""JSON that is read back, and how what is wrong with it is told."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from edge_aibench.config.json_file import validate_json
from edge_aibench.errors import ConfigError


class Inner(BaseModel):
    number: int


class Outer(BaseModel):
    inner: list[Inner]


def test_what_is_right_reads_back() -> None:
    text = '{"inner": [{"number": 3}]}'
    found = validate_json(Outer, text, source="a.json", next_step="again")
    assert found == Outer(inner=[Inner(number=3)])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{\n,", "a.json:2: is no JSON"),
        ('{"inner": [{"number": "x"}]}', "a.json: inner.0.number: "),
        ("{}", "a.json: inner: "),
    ],
)
def test_errors_name_the_line_or_the_key_and_the_next_step(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validate_json(Outer, text, source="a.json", next_step="write it again")
    assert str(caught.value).startswith(told)
    assert "write it again" in str(caught.value)
