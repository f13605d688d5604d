"""Cutting ONNX models: their graph as operations, and both parts as models of their own."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import HostError
from edge_aibench.inference.cutting.graph import (
    ACTIVATION,
    CutPoint,
    Operation,
    named_passages,
    parameters_in_front,
)
from edge_aibench.tasks.component import TensorSpec

if TYPE_CHECKING:
    from edge_aibench.tasks.component import Preset

_SCOPES: Final = "pkg.torch.onnx.name_scopes"
_ELEMENTWISE: Final = frozenset(
    {
        *("Relu", "PRelu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "HardSwish"),
        *("BatchNormalization", "QuantizeLinear"),
    }
)


class OnnxNetwork:
    """An exported model with the cuts in it. Raises HostError if onnx is not installed."""

    def __init__(self, content: bytes, preset: Preset) -> None:
        onnx = _import_onnx()
        # Shapes inside are what the exporter knew; a quantised graph has none until inferred.
        self._model = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
        self._preset = preset
        self.cuts = tuple(self._cuts())

    def front(self, cut: CutPoint) -> bytes:
        """The layers up to the cut; the output is named `activation`."""
        inputs = [spec.name for spec in self._preset.inputs]
        return self._part(inputs, [cut.tensor], cut.tensor)

    def rest(self, cut: CutPoint) -> bytes:
        """The layers behind it; the input is named `activation`."""
        return self._part([cut.tensor], [spec.name for spec in self._preset.outputs], cut.tensor)

    def _part(self, inputs: list[str], outputs: list[str], tensor: str) -> bytes:
        onnx = _import_onnx()
        model = type(self._model)()
        model.CopyFrom(self._model)
        if inputs == [tensor]:
            for node in model.graph.node:
                if _counts_rows(node):
                    # The number of rows is the same everywhere: it is read off the activation.
                    node.input[0] = tensor
        part = onnx.utils.Extractor(model).extract_model(inputs, outputs)
        _rename(part.graph, tensor)
        content: bytes = part.SerializeToString()
        return content

    def _cuts(self) -> Iterator[CutPoint]:
        graph = self._model.graph
        operations = _operations(graph)
        known = {value.name: value for value in graph.value_info}
        rows = _dimensions(graph.input[0])[0]
        found = named_passages(
            operations, [value.name for value in graph.input], [v.name for v in graph.output]
        )
        for layer, passage in found.items():
            value = known.get(passage.tensor)
            dimensions = () if value is None else _dimensions(value)
            if value is None or not dimensions or dimensions[0] != rows:
                continue
            yield CutPoint(
                after=layer,
                tensor=passage.tensor,
                spec=TensorSpec(
                    name=ACTIVATION,
                    shape=tuple(d if isinstance(d, int) else None for d in dimensions[1:]),
                    dtype=_dtype(value),
                ),
                parameters=parameters_in_front(operations, passage.position),
            )


def _operations(graph: Any) -> list[Operation]:
    brought = {tensor.name: math.prod(tensor.dims) for tensor in graph.initializer}
    constants = set(brought)
    layers: dict[str, str] = {}
    operations = []
    for node in graph.node:
        inputs = [name for name in _read(node) if name not in constants]
        parameters = sum(brought.pop(name, 0) for name in node.input)
        if not inputs or _counts_rows(node):
            constants.update(node.output)
            brought[node.output[0]] = parameters
            continue
        layer = _layer(node, layers)
        layers |= dict.fromkeys(node.output, layer)
        operations.append(
            Operation(
                inputs=tuple(inputs),
                outputs=tuple(name for name in node.output if name),
                layer=layer,
                parameters=parameters,
                elementwise=node.op_type in _ELEMENTWISE,
            )
        )
    return operations


def _layer(node: Any, layers: Mapping[str, str]) -> str:
    """The module that the exporter says the node comes from; else its output's own name.

    What a layer gives is cut where it is quantised: numbers of 8 bits travel.
    """
    if node.op_type == "QuantizeLinear":
        return layers.get(node.input[0], "")
    if node.op_type == "DequantizeLinear":
        return ""
    for entry in node.metadata_props:
        if entry.key == _SCOPES:
            *modules, operation = ast.literal_eval(entry.value)
            return str(next((module for module in reversed(modules) if module), operation))
    return str(node.output[0])


def _read(node: Any) -> Iterator[str]:
    """All tensors that a node reads, also those of loops and branches inside it."""
    yield from (name for name in node.input if name)
    for attribute in node.attribute:
        for graph in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
            made = {name for inner in graph.node for name in inner.output}
            made.update(value.name for value in graph.input)
            made.update(tensor.name for tensor in graph.initializer)
            for inner in graph.node:
                yield from (name for name in _read(inner) if name not in made)


def _counts_rows(node: Any) -> bool:
    """Whether a node only looks at how many rows there are."""
    asked = {attribute.name: attribute.i for attribute in node.attribute}
    return node.op_type == "Shape" and asked.get("start", 0) == 0 and asked.get("end") == 1


def _dimensions(value: Any) -> tuple[int | str, ...]:
    return tuple(d.dim_param or int(d.dim_value) for d in value.type.tensor_type.shape.dim)


def _dtype(value: Any) -> str:
    onnx = _import_onnx()
    return str(onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))


def _rename(graph: Any, tensor: str) -> None:
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [ACTIVATION if name == tensor else name for name in names]
    values: Sequence[Any] = (*graph.input, *graph.output, *graph.value_info)
    for value in values:
        if value.name == tensor:
            value.name = ACTIVATION


def _import_onnx() -> Any:
    try:
        import onnx.helper
        import onnx.shape_inference
        import onnx.utils
    except ImportError as error:
        raise HostError(
            f"networks cannot be cut: {error}", mend="pip install onnx onnxscript"
        ) from error
    return onnx
