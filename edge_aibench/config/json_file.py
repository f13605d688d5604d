"""JSON files that this program wrote, read back and checked."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from edge_aibench.errors import ConfigError

ModelT = TypeVar("ModelT", bound=BaseModel)


def validate_json(model: type[ModelT], text: str, *, source: str, next_step: str) -> ModelT:
    """Make a *model* of the JSON *text* that stands in *source*.

    Raises ConfigError, with the line or the key that is wrong, and *next_step*.
    """
    try:
        return model.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"is no JSON: {error.msg}", where=f"{source}:{error.lineno}", next_step=next_step
        ) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(
            first["msg"],
            where=source,
            key=".".join(map(str, first["loc"])) or None,
            next_step=next_step,
        ) from None
