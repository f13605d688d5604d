"""Where one tensor carries all there is of an exported network to what comes after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge_aibench.tasks.component import TensorSpec

ACTIVATION = "activation"
"""The name of the tensor at a cut, as output of the front and input of the rest."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of an exported graph.

    *inputs* leaves out constants. *layer* is what people call it, "" for one that only the exporter
    has put in. *parameters* counts the numbers that it brings along. *elementwise* says that a
    runtime does it in one go with what comes before.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    layer: str
    parameters: int = 0
    elementwise: bool = False


@dataclass(frozen=True, kw_only=True)
class CutPoint:
    """A place where a network may be cut: behind layer *after*, whose output is *tensor*.

    *spec* describes one row of it. *parameters* is the share of the network's parameters in front.
    """

    after: str
    tensor: str
    spec: TensorSpec
    parameters: float


@dataclass(frozen=True)
class Passage:
    """*tensor* is all that is left to go on with after operation number *position*."""

    position: int
    tensor: str


def passages(
    operations: Sequence[Operation], inputs: Sequence[str], outputs: Sequence[str]
) -> Iterator[Passage]:
    """Give the tensors through which all ways from *inputs* to *outputs* lead, in order.

    *operations* follow each other so that each comes after all it needs. Operations that no output
    needs count as if they were not there; inputs and outputs themselves are no passages.
    """
    needed = _needed(operations, outputs)
    last = {name: len(operations) for name in outputs}
    for position in reversed(range(len(operations))):
        if position in needed:
            for name in operations[position].inputs:
                last.setdefault(name, position)
    alive = set(inputs) & last.keys()
    for position, operation in enumerate(operations):
        if position not in needed:
            continue
        alive |= set(operation.outputs) & last.keys()
        alive = {name for name in alive if last[name] > position}
        if len(alive) == 1:
            (tensor,) = alive
            if tensor in operation.outputs and tensor not in outputs:
                yield Passage(position, tensor)


def named_passages(
    operations: Sequence[Operation], inputs: Sequence[str], outputs: Sequence[str]
) -> dict[str, Passage]:
    """The passages by their layers, one for each: the last, behind all that belongs to the layer.

    Tensors that only an elementwise operation reads are left out: it runs with what comes before
    it. A layer that is met again further on gets the tensor's name beside its own.
    """
    readers: dict[str, list[Operation]] = {}
    for operation in operations:
        for name in operation.inputs:
            readers.setdefault(name, []).append(operation)
    found: dict[str, Passage] = {}
    before = ""
    for passage in passages(operations, inputs, outputs):
        layer = operations[passage.position].layer
        if not layer or all(reader.elementwise for reader in readers[passage.tensor]):
            continue
        repeated = layer in found and layer != before
        name = f"{layer}:{passage.tensor}" if repeated else layer
        found[name] = passage
        before = name
    return found


def parameters_in_front(operations: Sequence[Operation], position: int) -> float:
    """The share of all parameters that operations up to number *position* have."""
    total = sum(operation.parameters for operation in operations)
    front = sum(operation.parameters for operation in operations[: position + 1])
    return front / total if total else 0.0


def _needed(operations: Sequence[Operation], outputs: Sequence[str]) -> frozenset[int]:
    wanted, needed = set(outputs), set()
    for position in reversed(range(len(operations))):
        if wanted.intersection(operations[position].outputs):
            needed.add(position)
            wanted.update(operations[position].inputs)
    return frozenset(needed)
