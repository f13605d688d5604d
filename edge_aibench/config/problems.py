"""Says what is wrong with a document in the user's own words.

pydantic finds every broken rule at once and names fields of ours. The user gets the first one
in the order of the file, with the key as written, the value, the rule and what to do, and
learns how many more there are.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edge_aibench.config.document import Document, KeyPath, shown_path
from edge_aibench.config.values import FROM_DOCUMENT, BrokenRuleError
from edge_aibench.errors import ConfigError

ModelT = TypeVar("ModelT", bound=BaseModel)

_NAME_RULE = "must be lower-case words of letters and digits joined by dashes"
_MISSING_RULE = "is missing"
_MISSING = object()


@dataclass(frozen=True)
class _Problem:
    path: KeyPath
    rule: str
    value: object
    next_step: str | None = None


def validate(model: type[ModelT], document: Document, *, kind: str) -> ModelT:
    """Make a *model* of *document*, a file of *kind* `scenario`, `topology` and so on.

    Raises ConfigError for the first of the problems.
    """
    try:
        return model.model_validate(
            document.data, context=FROM_DOCUMENT, by_alias=True, by_name=False
        )
    except ValidationError as error:
        problems = _problems(model, document, error)
    raise _config_error(problems, document, kind=kind)


def _config_error(problems: Sequence[_Problem], document: Document, *, kind: str) -> ConfigError:
    distinct: dict[tuple[str, str], _Problem] = {}
    for problem in problems:
        distinct.setdefault((problem.rule, document.where(problem.path)), problem)
    first, *more = sorted(distinct.values(), key=lambda problem: _rank(document, problem))
    next_step = first.next_step or f"`edge-aibench schema {kind}` describes every key"
    if more:
        count = "one more problem" if len(more) == 1 else f"{len(more)} more problems"
        next_step += f" ({count} after this one)"
    return ConfigError(
        first.rule,
        where=document.where(first.path),
        key=shown_path(first.path) or None,
        value=first.value,
        next_step=next_step,
    )


def _rank(document: Document, problem: _Problem) -> tuple[bool, int]:
    # What the command line set has no line and comes first: it was typed last. A missing key
    # comes last: more often than not, it is there and misspelt.
    head, _, line = document.where(problem.path).rpartition(":")
    is_line = head == document.source and line.isdigit()
    return problem.rule == _MISSING_RULE, int(line) if is_line else 0


def _problems(model: type[BaseModel], document: Document, error: ValidationError) -> list[_Problem]:
    grouped: dict[KeyPath, list[_Problem]] = {}
    for details in error.errors(include_url=False):
        problem = _problem(model, document, details)
        grouped.setdefault(problem.path, []).append(problem)
    return [
        _joined(group)
        for path, group in grouped.items()
        # A mapping where a name or a mapping may stand: what is wrong inside it is the news.
        if not any(len(other) > len(path) and other[: len(path)] == path for other in grouped)
        or not all(problem.rule == "must be text" for problem in group)
    ]


def _joined(group: Sequence[_Problem]) -> _Problem:
    # The members of a union each say what they would have taken.
    rules = list(dict.fromkeys(problem.rule for problem in group))
    first, *others = rules
    rule = " or ".join([first, *(other.removeprefix("must be ") for other in others)])
    return _Problem(group[0].path, rule, group[0].value, group[0].next_step)


def _problem(model: type[BaseModel], document: Document, details: ErrorDetails) -> _Problem:
    path = _user_path(document.data, details)
    value = details["input"]
    if details["type"] == "missing":
        return _missing(path)
    if details["type"] == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        return _Problem(path, "there is no such key", value, suggestion(str(path[-1]), known))
    broken = details.get("ctx", {}).get("error")
    if isinstance(broken, BrokenRuleError):
        next_step = broken.next_step
        if next_step is None and broken.known:
            next_step = suggestion(str(broken.value), broken.known)
        places = [(*path, *key) for key in (broken.key, *broken.others)]
        blamed = next(filter(document.set_by_option, places), places[0])
        return _Problem(blamed, broken.rule, broken.value, next_step)
    if details["loc"][-1:] == ("[key]",):
        return _Problem(path, f"a name {_rule(details)}", details["input"])
    shown = None if isinstance(value, Mapping) else value
    return _Problem(path, _rule(details), shown, _offer(details))


def _missing(path: KeyPath) -> _Problem:
    if path and isinstance(path[-1], int):
        return _Problem(path[:-1], "has too few entries", None)
    return _Problem(path, _MISSING_RULE, None, f"add a line '{path[-1]}: ...'")


def suggestion(name: str, known: Iterable[str]) -> str:
    """Offer the *known* names nearest to *name*, or all of them if none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}"


def _user_path(data: object, details: ErrorDetails) -> KeyPath:
    # pydantic's location also names the members of unions; only what is in the data, or is
    # said to be missing from it, is a key of the user's.
    path: list[str | int] = []
    here: Any = data
    location = details["loc"]
    for index, step in enumerate(location):
        following = _step(here, step)
        is_missing_key = details["type"] == "missing" and index == len(location) - 1
        if following is not _MISSING or is_missing_key:
            path.append(step)
            here = following
    return tuple(path)


def _step(here: object, step: str | int) -> object:
    if isinstance(here, Mapping) and step in here:
        return here[step]
    if isinstance(here, (list, tuple)) and isinstance(step, int) and step < len(here):
        return here[step]
    return _MISSING


_RULES = {
    "string_pattern_mismatch": _NAME_RULE,
    "string_too_long": "must have at most {max_length} characters",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "literal_error": "must be {expected}",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "too_short": "has too few entries, the least is {min_length}",
    "too_long": "has too many entries, the most is {max_length}",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be below {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "finite_number": "must be a finite number",
    "none_required": "must be null",
}


def _rule(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    if "error" in context:
        return str(context["error"])
    if template := _RULES.get(details["type"]):
        return template.format(**context)
    return details["msg"][:1].lower() + details["msg"][1:]


def _offer(details: ErrorDetails) -> str | None:
    if details["type"] != "literal_error" or not isinstance(details["input"], str):
        return None
    expected = str(details["ctx"]["expected"]).replace(" or ", ", ").split(", ")
    return suggestion(details["input"], [option.strip("'") for option in expected])


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def _known_keys(model: type[BaseModel], path: KeyPath) -> set[str]:
    """Give the keys that the mapping at *path* of a *model* document may have."""
    definitions = _schema(model).get("$defs", {})
    nodes = _members(_schema(model), definitions)
    for step in path:
        below = [node for parent in nodes for node in _children(parent, step)]
        nodes = [member for node in below for member in _members(node, definitions)]
    return {key for node in nodes for key in node.get("properties", {})}


def _members(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in node:
        return _members(definitions[node["$ref"].rpartition("/")[2]], definitions)
    members = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    return [node, *(inner for member in members for inner in _members(member, definitions))]


def _children(node: Mapping[str, Any], step: str | int) -> list[Mapping[str, Any]]:
    properties = node.get("properties", {})
    if step in properties:
        return [properties[step]]
    named = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    return [child for child in named if isinstance(child, Mapping)]
