"""A scenario's own `parameters` of sensors and stages, checked before anything starts.

A scenario describes them as frozen values, one for each sensor or stage that has any. Every
field has a default, and its description goes on from "must be": it is what the user is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from edge_aibench.config.values import DocumentValue
from edge_aibench.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from edge_aibench.model.scenario import Parameter, Scenario

ParametersT = TypeVar("ParametersT", bound=DocumentValue)


def check_parameters(scenario: Scenario, kinds: Mapping[str, type[DocumentValue]]) -> None:
    """Check the parameters of all sensors and stages against *kinds*, by their names.

    Raises ConfigError as `read_parameters` does, and for any parameter of a sensor or stage that
    is not among *kinds*: it has none.
    """
    for group, described in _groups(scenario):
        for name, given in described.items():
            if name in kinds:
                own_parameters(scenario, name, kinds[name])
            for parameter in () if name in kinds else given:
                raise ConfigError(
                    f"this {group.removesuffix('s')} has no parameters",
                    where=_where(scenario),
                    key=f"{group}.{name}.parameters.{parameter}",
                    value=given[parameter],
                    next_step="drop it",
                )


def own_parameters(scenario: Scenario, name: str, kind: type[ParametersT]) -> ParametersT:
    """Give the parameters of sensor or stage *name*; the defaults if there is none of this name.

    Raises ConfigError as `read_parameters` does.
    """
    for group, described in _groups(scenario):
        if name in described:
            key = f"{group}.{name}.parameters"
            return read_parameters(kind, described[name], where=_where(scenario), key=key)
    return kind()


def read_parameters(
    kind: type[ParametersT], given: Mapping[str, Parameter], *, where: str, key: str
) -> ParametersT:
    """Make a *kind* of the parameters that stand at *key*.

    Raises ConfigError for an unknown name, with the nearest ones, and for a value that is not
    what its field's description says: text is no number, and 1 is not true.
    """
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    for name in given:
        if name not in fields:
            raise unknown_name("parameter", name, fields, where=f"{where}: {key}")
    try:
        return kind.model_validate(dict(given), strict=True)
    except ValidationError as error:
        name = str(error.errors(include_url=False)[0]["loc"][0])
        raise ConfigError(
            f"must be {fields[name].description}",
            where=where,
            key=f"{key}.{name}",
            value=given[name],
            next_step=_default(fields[name]),
        ) from error


def _groups(
    scenario: Scenario,
) -> tuple[tuple[str, Mapping[str, Mapping[str, Parameter]]], ...]:
    return (
        ("sensors", {name: sensor.parameters for name, sensor in scenario.sensors.items()}),
        ("stages", {name: stage.parameters for name, stage in scenario.stages.items()}),
    )


def _where(scenario: Scenario) -> str:
    return f"scenario {scenario.name}"


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    return "leave it out" if default == "" else f"the default is {default}"
