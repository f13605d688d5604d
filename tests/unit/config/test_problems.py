"""Problems of documents whose values are not those of scenarios and topologies."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, model_validator

from edge_aibench.config.document import Document, parse_document
from edge_aibench.config.problems import suggestion, validate
from edge_aibench.config.values import BrokenRuleError, DocumentValue, Duration
from edge_aibench.errors import ConfigError


class Pump(DocumentValue):
    step_count: Annotated[int, Field(multiple_of=2)] = 2
    on_s: Duration = Field(default=1.0, alias="on")
    off_s: Duration = Field(default=2.0, alias="off")

    @model_validator(mode="after")
    def _on_before_off(self) -> Pump:
        if self.on_s >= self.off_s:
            raise BrokenRuleError("must be before 'off'", key=("on",), others=[("off",)])
        return self


def refusal(document: Document) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        validate(Pump, document, kind="pump")
    return caught.value


def test_a_good_document_becomes_the_value() -> None:
    pump = validate(Pump, parse_document("step-count: 4\non: 10 ms\n", "p.yaml"), kind="pump")
    assert pump == Pump(step_count=4, on_s=0.01)


def test_a_rule_of_pydantics_own_is_told_in_its_words() -> None:
    error = refusal(parse_document("step-count: 3\n", "p.yaml"))
    assert str(error) == (
        "p.yaml:1: step-count: input should be a multiple of 2 (found 3)\n"
        "  -> `edge-aibench schema pump` describes every key"
    )


def test_the_names_of_our_fields_are_no_keys() -> None:
    error = refusal(parse_document("on_s: 1 ms\n", "p.yaml"))
    assert (error.key, error.next_step) == ("on_s", "did you mean on?")


def test_a_rule_between_keys_cites_the_first_or_the_one_an_option_wrote() -> None:
    document = parse_document("on: 5 s\noff: 3 s\n", "p.yaml")
    assert (refusal(document).where, refusal(document).key) == ("p.yaml:1", "on")
    marks = {**document.marks, ("off",): "--set off=3s"}
    by_option = Document(document.data, document.source, marks)
    assert (refusal(by_option).where, refusal(by_option).key) == ("--set off=3s", "off")


def test_problems_come_in_the_order_of_the_file() -> None:
    error = refusal(parse_document("off: soon\nstep-count: few\n", "p.yaml"))
    assert (error.where, error.key) == ("p.yaml:1", "off")
    assert str(error).endswith("(one more problem after this one)")


def test_a_suggestion_is_what_is_near_or_else_all() -> None:
    assert suggestion("wifi7", ["lte", "wifi6", "wifi5"]) == "did you mean wifi6 or wifi5?"
    assert suggestion("zzz", ["b", "a"]) == "known: a, b"
