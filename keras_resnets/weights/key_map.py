"""What other libraries call our layers: a naming is a table from our names to theirs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class KeyMap:
    """How one library names the modules of one family of networks in its state dict.

    Attributes:
        name: of the naming, for messages: "torchvision resnet".
        rows: (our layer's name, their module's name). `{s}` in ours stands for a number, `{s}` in theirs for the same
            number and `{s0}` for the number before it: we count from 1, they from 0.
        absent: beginnings of names of theirs that a model may lack, such as auxiliary classifiers.
        dense_as_conv: our fully connected layers that they keep as convolutions.
        older: (regular expression, replacement), what turns names of older files into today's.
        needs: the builder's options for a model of these names, where the default ones give another:
            'variant="torchvision"'.
        sign: a layer that models of `needs` have and others have not, where names and shapes are the same in both.
        never: regular expression of names that would be a variant's of ours, and that no state dict of theirs has.
    """

    name: str
    rows: tuple[tuple[str, str], ...]
    absent: tuple[str, ...] = ()
    dense_as_conv: tuple[str, ...] = ()
    older: tuple[tuple[str, str], ...] = ()
    needs: str = ""
    sign: str = ""
    never: str = ""
    _patterns: list = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "_patterns", [(_pattern(ours), theirs) for ours, theirs in self.rows])

    def module(self, layer: str) -> str | None:
        """Their name of our `layer`; None where the table has no row for it."""
        for pattern, theirs in self._patterns:
            if match := pattern.fullmatch(layer):
                numbers = {key: int(value) for key, value in match.groupdict().items()}
                return theirs.format(**numbers, **{f"{key}0": value - 1 for key, value in numbers.items()})
        return None

    def of_head(self, array: str) -> bool:
        """Whether `array` is theirs of a layer of our head, which a model without the top lacks."""
        module = array.rpartition(".")[0]
        return any(
            re.fullmatch(re.sub(r"\\{\w+\\}", r"\\d+", re.escape(theirs)), module)
            for ours, theirs in self.rows
            if ours.startswith("head_")
        )

    def today(self, array: str) -> str:
        """Today's name of what an older file calls `array`."""
        for expression, replacement in self.older:
            array = re.sub(expression, replacement, array)
        return array


def rename(rows: Iterable[tuple[str, str]], prefixes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The rows of a module under each of several pairs of prefixes (ours to theirs)."""
    rows = tuple(rows)
    return tuple((ours + a, theirs + b) for ours, theirs in prefixes.items() for a, b in rows)


def _pattern(ours: str) -> re.Pattern:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\d+)", re.escape(ours)))
