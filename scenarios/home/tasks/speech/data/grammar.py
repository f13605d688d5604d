"""What people say to their home: a grammar of commands and questions.

A pattern is drawn, then a filler for each of its slots, so that patterns with many fillers do
not drown the others. A sentence belongs to one of three parts by its own digest, whoever says
it, so that no sentence is ever in two parts.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from edge_aibench.tasks.component import TEST, TRAIN, VAL

if TYPE_CHECKING:
    import numpy as np

_ONES: Final = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

_SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "room": (
        *("the kitchen", "the bathroom", "the living room", "the bedroom", "the garage"),
        *("the hallway", "the basement", "the office", "the garden", "the nursery"),
    ),
    "light": ("light", "lights", "lamp", "ceiling light", "reading lamp"),
    "machine": (
        *("heater", "fan", "television", "radio", "coffee machine", "dishwasher"),
        *("washing machine", "air conditioner", "vacuum cleaner", "oven"),
    ),
    "opening": ("door", "window", "blinds", "curtains", "shutters"),
    "on_off": ("on", "off"),
    "open_close": ("open", "close"),
    "lock": ("lock", "unlock"),
    "up_down": ("up", "down"),
    "colour": ("red", "blue", "green", "yellow", "purple", "orange", "warm white"),
    "percent": ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"),
    "degrees": (
        *("seventeen", "eighteen", "nineteen", "twenty", "twenty one", "twenty two"),
        *("twenty three", "twenty four", "twenty five"),
    ),
    "number": (*_ONES, *_TENS[:3]),
    "hour": _ONES[:12],
    "minute": ("fifteen", "thirty", "forty five", "o'clock", "twenty", "ten"),
    "day_part": ("in the morning", "in the evening", "at noon", "tonight", "tomorrow"),
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "music": ("jazz", "rock music", "classical music", "the news", "some music", "my playlist"),
    "person": ("mom", "dad", "grandma", "doctor smith", "the neighbours", "anna", "peter"),
    "food": ("milk", "bread", "butter", "eggs", "apples", "cheese", "coffee", "rice", "tomatoes"),
    "chore": (
        *("feed the cat", "water the plants", "take out the rubbish", "call the school"),
        *("pay the rent", "walk the dog", "check the mail"),
    ),
    "unit": ("minutes", "hours", "seconds"),
    "sensor": ("temperature", "humidity", "air quality"),
    "place": ("london", "paris", "berlin", "new york", "the mountains", "our village"),
    "mode": ("night mode", "holiday mode", "party mode", "quiet mode"),
    "please": ("", "", "", "please "),
}

_PATTERNS: Final = (
    "{please}turn {on_off} the {light} in {room}",
    "{please}switch {on_off} the {machine} in {room}",
    "{please}turn the {machine} {on_off}",
    "dim the {light} in {room} to {percent} percent",
    "make the {light} in {room} {colour}",
    "{please}{open_close} the {opening} in {room}",
    "{lock} the door of {room}",
    "is the {opening} in {room} open",
    "is the {machine} still {on_off}",
    "set the temperature in {room} to {degrees} degrees",
    "what's the {sensor} in {room}",
    "set an alarm for {hour} {minute} {day_part}",
    "wake me at {hour} {minute} on {day}",
    "set a timer for {number} {unit}",
    "remind me to {chore} at {hour} {minute}",
    "don't forget to {chore} on {day}",
    "play {music} in {room}",
    "turn the volume {up_down} by {percent} percent",
    "add {food} and {food} to the shopping list",
    "how much {food} do we need on {day}",
    "call {person} {day_part}",
    "send a message to {person} on {day}",
    "will it rain in {place} on {day}",
    "what's the weather like in {place} {day_part}",
    "start the {machine} in {number} {unit}",
    "activate {mode} at {hour} {minute}",
    "who's at the door of {room}",
)

_SLOT: Final = re.compile(r"\{(\w+)\}")

# Of ten sentences, one is for validation, two are for the test.
_PARTS: Final = (VAL, TEST, TEST)


def part_of(sentence: str) -> str:
    """Give the part that a sentence belongs to: train, val or test."""
    place = hashlib.sha256(sentence.encode()).digest()[0] * 10 // 256
    return _PARTS[place] if place < len(_PARTS) else TRAIN


def draw_sentence(part: str, rng: np.random.Generator) -> str:
    """Draw a sentence of that part."""
    while True:
        sentence = _any_sentence(rng)
        if part_of(sentence) == part:
            return sentence


def _any_sentence(rng: np.random.Generator) -> str:
    pattern = _PATTERNS[int(rng.integers(len(_PATTERNS)))]

    def filler(slot: re.Match[str]) -> str:
        choices = _SLOTS[slot[1]]
        return choices[int(rng.integers(len(choices)))]

    return _SLOT.sub(filler, pattern)
