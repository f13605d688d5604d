"""A network in two parts: found in the exported model, written once, loaded by the same runtime."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from edge_aibench.config.folders import cache_folder
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.inference.cutting import graph
from edge_aibench.inference.cutting.crossing import Activation, Crossing, shape_of
from edge_aibench.inference.pipeline import Pipeline, deployed_model, open_model
from edge_aibench.inference.prepared import choose_runtime, find_weights
from edge_aibench.inference.session import LITERT, NATIVE
from edge_aibench.tasks.generated import source_digest, write_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.inference.cutting.crossing import SampleLayout
    from edge_aibench.inference.cutting.graph import CutPoint
    from edge_aibench.inference.cutting.litert_parts import LiteRTNetwork
    from edge_aibench.inference.cutting.onnx_parts import OnnxNetwork
    from edge_aibench.inference.prepared import NetworkChoice
    from edge_aibench.tasks.component import Component, Preset, Processing, Session

    Rows = tuple[NDArray[Any], ...]

Side = Literal["front", "rest"]


@dataclass(frozen=True, kw_only=True)
class CutNetwork:
    """The network of *choice* in the form that is deployed, with the places to cut it.

    *trained* says whether its weights come from a training.
    """

    component: Component
    choice: NetworkChoice
    runtime: str
    model: Path
    trained: bool

    @property
    def preset(self) -> Preset:
        """The whole network's description."""
        return self.component.preset(self.choice.preset)

    @property
    def cuts(self) -> tuple[CutPoint, ...]:
        """Where one tensor carries all there is to the layers behind, from front to back."""
        return self._network.cuts

    def cut(self, after: str) -> CutPoint:
        """The cut behind layer *after*. Raises ConfigError for a layer without one."""
        for cut in self.cuts:
            if cut.after == after:
                return cut
        task = self.component.task.name
        if not self.cuts:
            raise ConfigError(
                "cannot be cut: everywhere in it more than one tensor is needed further on",
                where=f"task {task}",
                value=after,
            )
        raise unknown_name(
            "cut", after, [cut.after for cut in self.cuts], where=f"the network of {task}"
        )

    def part(self, cut: CutPoint, side: Side) -> Path:
        """The file of one part, written on first use."""
        key = hashlib.sha256(f"{cut.after} {source_digest(graph.passages)}".encode())
        name = f"{self.model.stem}-{key.hexdigest()[:12]}-{side}{self.model.suffix}"
        make = self._network.front if side == "front" else self._network.rest

        def write(path: Path) -> None:
            path.write_bytes(make(cut))

        return write_once(
            cache_folder() / "networks" / "parts" / name,
            write,
        )

    def whole(self, *, threads: int = 1) -> Session:
        """The network in one piece."""
        return self._open(self.model, self.preset, threads)

    def front(self, cut: CutPoint, *, threads: int = 1) -> Session:
        """Its layers up to *cut*: the network's inputs to an activation."""
        preset = replace(self.preset, outputs=(cut.spec,))
        return self._open(self.part(cut, "front"), preset, threads)

    def rest(self, cut: CutPoint, *, threads: int = 1) -> Session:
        """Its layers behind *cut*: an activation to the network's outputs."""
        preset = replace(self.preset, inputs=(cut.spec,))
        return self._open(self.part(cut, "rest"), preset, threads)

    def _open(self, file: Path, preset: Preset, threads: int) -> Session:
        return open_model(file.read_bytes(), preset, runtime=self.runtime, threads=threads)

    @cached_property
    def _network(self) -> OnnxNetwork | LiteRTNetwork:
        content = self.model.read_bytes()
        if self.runtime == LITERT:
            from edge_aibench.inference.cutting.litert_parts import LiteRTNetwork

            return LiteRTNetwork(content, self.preset)
        from edge_aibench.inference.cutting.onnx_parts import OnnxNetwork

        return OnnxNetwork(content, self.preset)


def cut_network(component: Component, choice: NetworkChoice) -> CutNetwork:
    """Find the network of *choice*, exported on first use.

    Raises ConfigError for a native runtime, for a task that loads its networks in a way of its
    own, and as `load_task` does; HostError as it does.
    """
    runtime = choose_runtime(component, choice)
    where = f"task {component.task.name}"
    if component.own_network is not None:
        raise ConfigError(
            "loads its network in a way of its own, which knows no parts",
            where=where,
            value="cut",
            next_step="place the whole stage",
        )
    if runtime in NATIVE:
        raise ConfigError(
            "networks are cut in the form in which they are deployed",
            where=where,
            key="runtime",
            value=runtime,
            next_step="use the runtime 'auto'",
        )
    return CutNetwork(
        component=component,
        choice=choice,
        runtime=runtime,
        model=deployed_model(component, choice),
        trained=find_weights(component, choice).trained or component.has_weights,
    )


class FrontNetwork:
    """Pre-processing and the layers up to a cut, loaded."""

    def __init__(self, network: CutNetwork, cut: CutPoint) -> None:
        self._processing = network.component.processing(network.choice.preset)
        self._session = network.front(cut)

    def cross(self, value: Any, layout: SampleLayout) -> Crossing:
        """Take the samples in the input *value* of a stage as far as the cut."""
        samples, aside = layout.taken(value)
        return Crossing(tuple(self._activation(sample) for sample in samples), aside)

    def _activation(self, sample: Any) -> Activation:
        (rows,) = self._session.run(self._processing.preprocess(sample))
        return Activation(rows, shape_of(sample))


class RestProcessing:
    """A task's processing around the rest of its network: takes activations, and raw samples too.

    Samples that the rest itself has at hand, such as the pictures of a gallery or the first one
    that warms it up, go through the front on the spot. It is loaded for them, and let go of when
    the first activation comes.
    """

    def __init__(self, processing: Processing, open_front: Callable[[], Session]) -> None:
        self._processing = processing
        self._open_front = open_front
        self._front: Session | None = None

    def preprocess(self, raw: Any, /) -> Rows:
        """See `Processing.preprocess`."""
        if isinstance(raw, Activation):
            self._front = None
            return (raw.rows,)
        if self._front is None:
            self._front = self._open_front()
        return self._front.run(self._processing.preprocess(raw))

    def postprocess(self, outputs: Rows, raw: Any, /) -> Any:
        """See `Processing.postprocess`; an activation has the shape of its sample."""
        return self._processing.postprocess(outputs, raw)

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """See `Processing.describe`."""
        return self._processing.describe(answer)


def rest_pipeline(network: CutNetwork, after: str) -> Pipeline:
    """The rest of *network* behind layer *after*, with its task's processing."""
    cut = network.cut(after)
    processing = network.component.processing(network.choice.preset)
    return Pipeline(
        RestProcessing(processing, lambda: network.front(cut)),
        network.rest(cut),
    )
