"""Where one tensor carries all there is: graphs by hand, and any graph against paths themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.inference.cutting.graph import (
    Operation,
    named_passages,
    parameters_in_front,
    passages,
)


def op(inputs: str, outputs: str, layer: str = "", *, elementwise: bool = False) -> Operation:
    return Operation(
        inputs=tuple(inputs.split()),
        outputs=tuple(outputs.split()),
        layer=layer or outputs.partition(" ")[0],
        elementwise=elementwise,
    )


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        # A chain: everything between input and output.
        ([op("x", "a"), op("a", "b"), op("b", "y")], ["a", "b"]),
        # Past a residual block only its sum is left.
        ([op("x", "a"), op("a", "b"), op("a b", "c"), op("c", "y")], ["a", "c"]),
        # The input itself is needed to the end: nowhere is one tensor enough.
        ([op("x", "a"), op("a", "b"), op("x b", "y")], []),
        # Pooling positions of an encoder go on to the decoder.
        ([op("x", "a"), op("a", "b places"), op("b", "c"), op("c places", "y")], ["a"]),
        # What no output needs counts as if it were not there.
        ([op("x", "a"), op("x", "dead"), op("a", "b"), op("b", "y")], ["a", "b"]),
        # Two branches that come in turns.
        ([op("x", "a"), op("a", "b"), op("a", "c"), op("b c", "d"), op("d", "y")], ["a", "d"]),
    ],
)
def test_passages_of_a_graph(operations: list[Operation], expected: list[str]) -> None:
    assert [passage.tensor for passage in passages(operations, ["x"], ["y"])] == expected


def test_an_output_that_is_needed_further_on_is_no_passage() -> None:
    operations = [op("x", "a"), op("a", "y"), op("y", "z")]
    assert [passage.tensor for passage in passages(operations, ["x"], ["y", "z"])] == ["a"]


def test_a_layer_ends_behind_all_that_belongs_to_it() -> None:
    operations = [
        op("x", "sum", "block1"),
        op("sum", "relu", "block1", elementwise=True),
        op("relu", "pooled", "pool"),
        op("pooled", "bias", "block1"),
        op("bias", "y", "head"),
    ]
    found = named_passages(operations, ["x"], ["y"])
    # 'sum' is read by an elementwise operation alone; 'block1' is met again behind 'pool'.
    assert {name: passage.tensor for name, passage in found.items()} == {
        "block1": "relu",
        "pool": "pooled",
        "block1:bias": "bias",
    }


def test_operations_without_a_layer_give_no_name() -> None:
    operations = [
        Operation(inputs=("x",), outputs=("q",), layer=""),
        op("q", "a", "conv"),
        op("a", "y", "head"),
    ]
    assert list(named_passages(operations, ["x"], ["y"])) == ["conv"]


def test_parameters_in_front_are_a_share_of_all() -> None:
    operations = [
        Operation(inputs=("x",), outputs=("a",), layer="a", parameters=30),
        Operation(inputs=("a",), outputs=("y",), layer="y", parameters=90),
    ]
    assert parameters_in_front(operations, 0) == 0.25
    assert parameters_in_front([op("x", "y")], 0) == 0.0


@st.composite
def graphs(draw: st.DrawFn) -> list[Operation]:
    """Each operation reads some of what is there before it and gives one tensor."""
    count = draw(st.integers(2, 9))
    tensors, operations = ["t0"], []
    for number in range(1, count + 1):
        read = draw(st.lists(st.sampled_from(tensors), min_size=1, max_size=3, unique=True))
        operations.append(op(" ".join(read), f"t{number}"))
        tensors.append(f"t{number}")
    return operations


@given(graphs())
def test_passages_are_the_tensors_that_every_way_leads_through(
    operations: list[Operation],
) -> None:
    end = operations[-1].outputs[0]
    reads = {operation.outputs[0]: operation.inputs for operation in operations}

    def ways(tensor: str) -> list[set[str]]:
        if tensor == "t0":
            return [{"t0"}]
        return [way | {tensor} for read in reads[tensor] for way in ways(read)]

    through_all = set.intersection(*ways(end)) - {"t0", end}
    found = [passage.tensor for passage in passages(operations, ["t0"], [end])]
    assert found == sorted(through_all, key=lambda tensor: int(tensor[1:]))
