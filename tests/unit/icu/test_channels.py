from __future__ import annotations

import numpy as np

from edge_aibench.scenarios.icu import channels as ch


def test_the_columns_are_those_of_the_published_networks() -> None:
    widths = {c.name: c.width for c in ch.CHANNELS if c.is_categorical}
    assert widths == {
        "Capillary refill rate": 2,
        "Glascow coma scale eye opening": 8,
        "Glascow coma scale motor response": 12,
        "Glascow coma scale total": 13,
        "Glascow coma scale verbal response": 12,
    }
    assert (ch.CHANNEL_COUNT, ch.VALUE_COLUMNS, ch.FEATURE_COLUMNS) == (17, 59, 76)


def test_first_columns_leave_room_for_each_channel() -> None:
    # By hand: 2 + 1 + 1 + 8 + 12 + 13 + 12 value columns come before glucose.
    assert ch.FIRST_COLUMN[:4] == (0, 2, 3, 4)
    assert ch.FIRST_COLUMN[ch.CHANNEL_INDEX["Glucose"]] == 49
    assert ch.FIRST_COLUMN[-1] == 58


def test_normal_values_are_numbers_or_category_places() -> None:
    by_name = dict(zip(ch.SERIES_HEADER[1:], ch.NORMAL_VALUES, strict=True))
    assert by_name["Diastolic blood pressure"] == 59.0
    assert by_name["pH"] == 7.4
    assert by_name["Glascow coma scale total"] == 4  # "15" is the fifth of its list
    assert by_name["Glascow coma scale eye opening"] == 3
    assert by_name["Capillary refill rate"] == 0


def test_categories_are_distinct_and_shared_tables_are_read_only() -> None:
    for channel in ch.CHANNELS:
        assert len(set(channel.categories)) == len(channel.categories)
    assert not ch.NORMAL_VALUES.flags.writeable
    assert np.array_equal(np.sort(np.concatenate((ch.CONTINUOUS, ch.CATEGORICAL))), np.arange(17))
