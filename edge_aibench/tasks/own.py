"""A task of one's own in a few lines: a network, and a function before and after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.array_data import ArrayData
from edge_aibench.tasks.component import Component, Framework, NoData, Preset, TensorSpec
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.task import REFERENCE, Task
from edge_aibench.tasks.torch_state import import_torch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import DataLayout

    Rows = tuple[NDArray[Any], ...]


@dataclass(frozen=True, kw_only=True)
class FunctionProcessing:
    """A `Processing` made of two functions; answers are described as they are."""

    before: Callable[[Any], Rows]
    after: Callable[[Rows, Any], Any]

    def preprocess(self, raw: Any, /) -> Rows:
        """See `Processing.preprocess`."""
        return self.before(raw)

    def postprocess(self, outputs: Rows, raw: Any, /) -> Any:
        """See `Processing.postprocess`."""
        return self.after(outputs, raw)

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """See `Processing.describe`."""
        return answer if isinstance(answer, Mapping) else {"answer": answer}


def own_task(  # noqa: PLR0913 -- one parameter a part
    name: str,
    *,
    framework: Framework,
    build: Callable[[], Any],
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    preprocess: Callable[[Any], Rows],
    postprocess: Callable[[Rows, Any], Any],
    read: Callable[[Path], Any] | None = None,
    data: DataLayout | None = None,
    parameters: int | None = None,
    **parts: Any,
) -> Task:
    """Make a task with one preset, `reference`, from a network and two functions.

    *build* gives the network with its weights. *parts* are further fields of `Component`
    (`judge`, `headline`, `learner`, `has_weights`, ...). The network is built once to count its
    parameters, unless *parameters* says how many there are: then a network that was exported
    before is loaded without its framework. Building it raises ConfigError if the count is wrong.
    """
    if parameters is None:
        parameters = _count_parameters(framework, build())
    preset = Preset(
        parameters=parameters,
        flops=None,
        flops_note="work not counted",
        inputs=tuple(inputs),
        outputs=tuple(outputs),
    )

    def counted() -> Any:
        network = build()
        if (found := _count_parameters(framework, network)) != parameters:
            raise ConfigError(
                f"must be the network's own number, {found}",
                where=f"task {name}",
                key="parameters",
                value=parameters,
            )
        return network

    def component() -> Component:
        return Component(
            task=task,
            framework=framework,
            presets={REFERENCE: preset},
            processing=lambda _preset: FunctionProcessing(before=preprocess, after=postprocess),
            build=lambda _preset, _seed: counted(),
            source=build,
            read=read,
            data=data or NoData(),
            data_digest=data.digest if isinstance(data, ArrayData) else None,
            **parts,
        )

    task = Task(
        name=name,
        title=name,
        network="given by the user",
        framework={"torch": "PyTorch", "keras": "TensorFlow/Keras"}[framework],
        dataset="given by the user" if data else "none",
        parameters={REFERENCE: parameters},
        metrics=(),
        component=component,
    )
    return task


def image_task(
    name: str,
    *,
    build: Callable[[], Any],
    size: tuple[int, int],
    postprocess: Callable[[Rows, Any], Any],
    **parts: Any,
) -> Task:
    """Make a task from a PyTorch network that reads one image and gives one tensor.

    Images are resized to *size* (height, width) and given as float32 (1, 3, height, width), RGB
    from 0 to 1. The rest is as for `own_task`; the network is run once to see what it gives.
    """
    torch = import_torch()
    with torch.inference_mode():
        output = build().eval()(torch.zeros(1, 3, *size))
    return own_task(
        name,
        framework="torch",
        build=build,
        inputs=[TensorSpec(name="image", shape=(3, *size))],
        outputs=[TensorSpec(name="output", shape=tuple(output.shape[1:]))],
        preprocess=lambda image: (_resized(image, size),),
        postprocess=postprocess,
        read=read_image,
        **parts,
    )


def _resized(image: Any, size: tuple[int, int]) -> NDArray[np.float32]:
    import cv2

    height, width = size
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small.transpose(2, 0, 1)[np.newaxis] / 255, dtype=np.float32)


def _count_parameters(framework: Framework, network: Any) -> int:
    if framework == "torch":
        return sum(parameter.numel() for parameter in network.parameters())
    return int(network.count_params())
