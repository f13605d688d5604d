"""Names of the actions: the 101 of UCF101, and the ten of them that the generator moves."""

from __future__ import annotations

from typing import Final

# In the order of the data set's own classInd.txt, whose numbers start at 1
# (Soomro, Zamir and Shah, UCF101, CRCV-TR-12-01, 2012).
# fmt: off
UCF101_CLASSES: Final[tuple[str, ...]] = (
    "ApplyEyeMakeup", "ApplyLipstick", "Archery", "BabyCrawling", "BalanceBeam", "BandMarching",
    "BaseballPitch", "Basketball", "BasketballDunk", "BenchPress", "Biking", "Billiards",
    "BlowDryHair", "BlowingCandles", "BodyWeightSquats", "Bowling", "BoxingPunchingBag",
    "BoxingSpeedBag", "BreastStroke", "BrushingTeeth", "CleanAndJerk", "CliffDiving",
    "CricketBowling", "CricketShot", "CuttingInKitchen", "Diving", "Drumming", "Fencing",
    "FieldHockeyPenalty", "FloorGymnastics", "FrisbeeCatch", "FrontCrawl", "GolfSwing",
    "Haircut", "Hammering", "HammerThrow", "HandstandPushups", "HandstandWalking",
    "HeadMassage", "HighJump", "HorseRace", "HorseRiding", "HulaHoop", "IceDancing",
    "JavelinThrow", "JugglingBalls", "JumpingJack", "JumpRope", "Kayaking", "Knitting",
    "LongJump", "Lunges", "MilitaryParade", "Mixing", "MoppingFloor", "Nunchucks",
    "ParallelBars", "PizzaTossing", "PlayingCello", "PlayingDaf", "PlayingDhol", "PlayingFlute",
    "PlayingGuitar", "PlayingPiano", "PlayingSitar", "PlayingTabla", "PlayingViolin",
    "PoleVault", "PommelHorse", "PullUps", "Punch", "PushUps", "Rafting", "RockClimbingIndoor",
    "RopeClimbing", "Rowing", "SalsaSpin", "ShavingBeard", "Shotput", "SkateBoarding", "Skiing",
    "Skijet", "SkyDiving", "SoccerJuggling", "SoccerPenalty", "StillRings", "SumoWrestling",
    "Surfing", "Swing", "TableTennisShot", "TaiChi", "TennisSwing", "ThrowDiscus",
    "TrampolineJumping", "Typing", "UnevenBars", "VolleyballSpiking", "WalkingWithDog",
    "WallPushups", "WritingOnBoard", "YoYo",
)
# fmt: on

GENERATED_CLASSES: Final[tuple[str, ...]] = (
    "BandMarching",
    "BodyWeightSquats",
    "BoxingSpeedBag",
    "HammerThrow",
    "HulaHoop",
    "JumpRope",
    "JumpingJack",
    "Lunges",
    "TaiChi",
    "ThrowDiscus",
)
"""What the generator moves, in `edge_aibench.scenarios.camera.tasks.action.data.motions`."""

DIRECTED_CLASSES: Final[frozenset[str]] = frozenset({"HammerThrow", "ThrowDiscus"})
"""Told apart by the direction of a turn, which a mirror image turns round."""
