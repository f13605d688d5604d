"""How right a run's answers were, beside the quality of the weights that gave them.

The figures of the weights are those of the tasks' own test sets. Speech is judged by the same
measure in both. Faces are not: the task verifies pairs of pictures, the home finds one of its
members or none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_aibench.scenarios.home.tasks.speech.edit_distance import edit_distance

if TYPE_CHECKING:
    from edge_aibench.model.components import Answer
    from edge_aibench.scenarios.home.codecs import Decision, Recognised
    from edge_aibench.scenarios.home.household import Household
    from edge_aibench.scenarios.home.sensors import Doorbell, Microphone


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What was really said, and who was really there."""

    microphone: Microphone
    doorbell: Doorbell
    households: Sequence[Household]

    def word_error_rate(self, instance: int, sequence: int, heard: str) -> float:
        """The fewest words to insert, delete or substitute, over the words said; may exceed 1."""
        utterance = self.microphone.utterance(instance, sequence)
        return edit_distance(utterance.transcript.split(), heard.split()) / utterance.words

    def recognised_rightly(self, instance: int, sequence: int, answer: Recognised) -> float:
        """1 for the right member, and for a stranger who is taken for none; else 0."""
        return float(answer.member == self.doorbell.visit(instance, sequence).member)

    def decided_rightly(self, instance: int, sequence: int, decision: Decision) -> float:
        """1 for a command that was carried out exactly when it should be; else 0.

        It should be if the person who really was at the door at the joined observation is a
        member who may say what was really said, and not if there was no such observation.
        """
        if decision.observation is None:
            return float(not decision.carried_out)
        visit = self.doorbell.visit(instance, decision.observation)
        said = self.microphone.utterance(instance, sequence).transcript
        members = self.households[instance].members
        due = visit.member is not None and members[visit.member].may_say(said)
        return float(decision.carried_out == due)

    def speech_quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """The word error rate over all words said in the run, and how many there were."""
        said = [self.microphone.utterance(answer.instance, answer.sequence) for answer in answers]
        words = sum(utterance.words for utterance in said)
        errors = math.fsum(
            answer.value * utterance.words for answer, utterance in zip(answers, said, strict=True)
        )
        return {
            "run_wer": errors / words,
            "run_words": words,
            "run_utterances": len({id(utterance) for utterance in said}),
        }

    def face_quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """Shares of members found and of strangers refused, and how many came."""
        visits = [self.doorbell.visit(answer.instance, answer.sequence) for answer in answers]
        pairs = list(zip(answers, visits, strict=True))
        members = [answer.value for answer, visit in pairs if visit.member is not None]
        strangers = [answer.value for answer, visit in pairs if visit.member is None]
        return {
            "run_members_found": _mean(members),
            "run_members": len(members),
            "run_strangers_refused": _mean(strangers),
            "run_strangers": len(strangers),
            "run_people": len({visit.person.name for visit in visits}),
        }

    def command_quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """The share of commands that were carried out exactly when they should be."""
        return {
            "run_right": _mean([answer.value for answer in answers]),
            "run_commands": len(answers),
        }


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
