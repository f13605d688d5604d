"""Cutting LiteRT models: their graph as operations, and both parts as models of their own.

A part is the whole model with fewer operations in its main graph and another signature: tensors
that nothing uses any more stay in the table, their numbers do not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.inference.cutting.graph import (
    ACTIVATION,
    CutPoint,
    Operation,
    named_passages,
    parameters_in_front,
)
from edge_aibench.inference.litert_session import SIGNATURE
from edge_aibench.tasks.component import TensorSpec

if TYPE_CHECKING:
    from edge_aibench.tasks.component import Preset

_IDENTIFIER: Final = b"TFL3"
_ELEMENTWISE: Final = frozenset(
    {"RELU", "RELU6", "PRELU", "LEAKY_RELU", "LOGISTIC", "TANH", "MINIMUM", "MAXIMUM"}
)
_OF_THE_CONVERTER: Final = ("tfl.", "PartitionedCall")


class LiteRTNetwork:
    """An exported model with the cuts in it.

    Raises HostError if the LiteRT runtime is not installed, ConfigError for a model without
    named inputs and outputs.
    """

    def __init__(self, content: bytes, preset: Preset) -> None:
        self._content = content
        self._schema = _import_schema()
        model = self._read()
        self._check_signature(model)
        self._preset = preset
        self._operations = list(self._operations_of(model))
        self.cuts = tuple(self._cuts(model))

    def front(self, cut: CutPoint) -> bytes:
        """The layers up to the cut; the output is named `activation`."""
        model = self._read()
        signature, graph, tensor = self._signature(model), model.subgraphs[0], int(cut.tensor)
        signature.outputs = [self._named(ACTIVATION, tensor)]
        graph.outputs = [tensor]
        return self._kept(model)

    def rest(self, cut: CutPoint) -> bytes:
        """The layers behind it; the input is named `activation`."""
        model = self._read()
        signature, graph, tensor = self._signature(model), model.subgraphs[0], int(cut.tensor)
        signature.inputs = [self._named(ACTIVATION, tensor)]
        graph.inputs = [tensor]
        return self._kept(model)

    def _read(self) -> Any:
        return self._schema.ModelT.InitFromPackedBuf(self._content, 0)

    def _check_signature(self, model: Any) -> None:
        keys = [definition.signatureKey.decode() for definition in model.signatureDefs or ()]
        if SIGNATURE not in keys:
            raise ConfigError(
                f"must have the signature {SIGNATURE}",
                where="litert",
                key="model",
                value=", ".join(keys) or "none",
                next_step="export the weights again",
            )

    def _signature(self, model: Any) -> Any:
        return next(d for d in model.signatureDefs if d.signatureKey.decode() == SIGNATURE)

    def _named(self, name: str, tensor: int) -> Any:
        entry = self._schema.TensorMapT()
        entry.name, entry.tensorIndex = name, tensor
        return entry

    def _kept(self, model: Any) -> bytes:
        """Pack *model* with what leads from its inputs to its outputs alone."""
        import flatbuffers

        graph = model.subgraphs[0]
        wanted = {int(index) for index in graph.outputs}
        given = {int(index) for index in graph.inputs}
        operators = []
        for operator in reversed(graph.operators):
            if wanted.intersection(_indices(operator.outputs)) - given:
                operators.append(operator)
                wanted.update(_indices(operator.inputs))
        graph.operators = operators[::-1]
        self._drop_unused(model, wanted | given)
        builder = flatbuffers.Builder(len(self._content))
        builder.Finish(model.Pack(builder), file_identifier=_IDENTIFIER)
        return bytes(builder.Output())

    def _drop_unused(self, model: Any, used: set[int]) -> None:
        tensors = model.subgraphs[0].tensors
        buffers = {tensors[index].buffer for index in used}
        for graph in model.subgraphs[1:]:
            buffers.update(tensor.buffer for tensor in graph.tensors)
        buffers.update(entry.buffer for entry in model.metadata or ())
        for index, buffer in enumerate(model.buffers):
            if index not in buffers:
                buffer.data = None
        for index, tensor in enumerate(tensors):
            if index not in used:
                tensor.buffer = 0

    def _operations_of(self, model: Any) -> Iterator[Operation]:
        graph = model.subgraphs[0]
        names = {
            value: name
            for name, value in vars(self._schema.BuiltinOperator).items()
            if isinstance(value, int)
        }
        constants = {
            index
            for index, tensor in enumerate(graph.tensors)
            if tensor.isVariable or _has_data(model.buffers[tensor.buffer])
        }
        brought = {
            index: math.prod(int(size) for size in graph.tensors[index].shape)
            for index in constants
            if graph.tensors[index].shape is not None
        }
        for operator in graph.operators:
            outputs = _indices(operator.outputs)
            inputs = [index for index in _indices(operator.inputs) if index not in constants]
            parameters = sum(brought.pop(index, 0) for index in _indices(operator.inputs))
            if not inputs:
                constants.update(outputs)
                brought[outputs[0]] = parameters
                continue
            code = model.operatorCodes[operator.opcodeIndex]
            yield Operation(
                inputs=tuple(map(str, inputs)),
                outputs=tuple(map(str, outputs)),
                layer=_layer(graph.tensors[outputs[0]].name.decode()),
                parameters=parameters,
                elementwise=names.get(max(code.builtinCode, code.deprecatedBuiltinCode))
                in _ELEMENTWISE,
            )

    def _cuts(self, model: Any) -> Iterator[CutPoint]:
        graph = model.subgraphs[0]
        dtypes = {
            value: name.lower()
            for name, value in vars(self._schema.TensorType).items()
            if isinstance(value, int)
        }
        inputs, outputs = ([str(index) for index in ends] for ends in (graph.inputs, graph.outputs))
        for layer, passage in named_passages(self._operations, inputs, outputs).items():
            tensor = graph.tensors[int(passage.tensor)]
            if tensor.shapeSignature is None or not len(tensor.shapeSignature):
                continue
            rows, *shape = (int(size) for size in tensor.shapeSignature)
            if rows != -1:
                continue
            yield CutPoint(
                after=layer,
                tensor=passage.tensor,
                spec=TensorSpec(
                    name=ACTIVATION,
                    shape=tuple(None if size == -1 else size for size in shape),
                    dtype=dtypes[tensor.type],
                ),
                parameters=parameters_in_front(self._operations, passage.position),
            )


def _layer(tensor: str) -> str:
    """The layer in a tensor's name: `convolution_1/Relu;convolution_1/BiasAdd`, the first scope.

    Keras counts the calls of a layer, and the export makes the first.
    """
    first = tensor.partition(";")[0]
    if first.startswith(_OF_THE_CONVERTER):
        return ""
    return first.partition("/")[0].removesuffix("_1")


def _indices(indices: Any) -> list[int]:
    return [int(index) for index in indices if index >= 0]


def _has_data(buffer: Any) -> bool:
    return buffer.data is not None and len(buffer.data) > 0


def _import_schema() -> Any:
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError as error:
        raise HostError(
            f"the LiteRT runtime cannot be imported: {error}", mend="pip install ai-edge-litert"
        ) from error
    return schema_py_generated
