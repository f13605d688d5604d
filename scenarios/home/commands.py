"""Whether a command counts, and what is written down about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edge_aibench.scenarios.home.codecs import (
    CARRIED_OUT,
    NO_FACE,
    NOT_ALLOWED,
    NOT_HEARD,
    STRANGER,
    Decision,
    DecisionCodec,
    Recognised,
)
from edge_aibench.tasks.plain_stages import Archive

if TYPE_CHECKING:
    from edge_aibench.model.components import Call
    from edge_aibench.scenarios.home.household import Household


class Command:
    """Lets a command count if the member who is seen may say what is heard.

    Whoever the doorbell sees about then is taken to be the speaker. Without a face in time the
    command is refused.
    """

    def __init__(self, households: Mapping[int, Household]) -> None:
        self._households = households

    def process(self, call: Call) -> Decision:
        """Decide on the command that `speech` heard and the person that `face` saw."""
        text: str = call.inputs["speech"]
        face: Recognised | None = call.inputs["face"]
        if face is None:
            return Decision(NO_FACE, text, member=None, observation=None)
        outcome = self._outcome(call.instance, face.member, text)
        return Decision(outcome, text, member=face.member, observation=face.observation)

    def _outcome(self, home: int, number: int | None, text: str) -> str:
        if number is None:
            return STRANGER
        if not text.split():
            return NOT_HEARD
        allowed = self._households[home].members[number].may_say(text)
        return CARRIED_OUT if allowed else NOT_ALLOWED


class Diary(Archive):
    """Keeps the commands that were carried out."""

    def __init__(self) -> None:
        super().__init__("command", DecisionCodec())

    def process(self, call: Call) -> None:
        """Write the decision down if the home did something."""
        decision: Decision = call.inputs["command"]
        if decision.carried_out:
            super().process(call)
