"""Text for terminals."""

import pytest

from keras_resnets._text import table


def test_columns_are_as_wide_as_their_cells_and_lines_end_with_the_last():
    rows = [("network", "error", "source"), ("a", "10.00 %", "one"), ("resnet20", "9.1 %", "")]
    assert table(rows, left=(0, 2)).splitlines() == [
        "network     error  source",
        "a         10.00 %  one",
        "resnet20    9.1 %",
    ]
    assert table([("a", "b"), ("cc", "dd")]) == "a    b\ncc  dd"


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ValueError):
        table([("a", "b"), ("c",)])
