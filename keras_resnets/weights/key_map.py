"""Key maps: tables from the names of our layers to those of another library."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from keras_resnets.weights.traits import Trait

Rows = tuple[tuple[str, str], ...]  # (ours, theirs)


@dataclass(frozen=True)
class KeyMap:
    """Names of the modules of a family of networks in the state dict of another library.

    Attributes:
        name: Name for messages, such as "torchvision resnet".
        rows: (name of our layer, name of their module). `{s}` in ours stands for a number, `{s}` in theirs for the same
            number and `{s0}` for the number before it: we count from 1, they from 0.
        absent: Prefixes of their names that a model may lack, such as auxiliary classifiers.
        dense_as_conv: Our fully connected layers that are convolutions in theirs.
        older: (regular expression, replacement) from the names of older files to today's.
        needs: Options of our builder for a model with these names, such as 'variant="torchvision"', if the default
            options build another one.
        traits: Traits with which a model computes another function from the same arrays: loading warns of them.
        refused: The same for networks of which only the published ones have these names: loading refuses.
        never: Regular expression of names that only a variant of ours would have, never a state dict of theirs.
    """

    name: str
    rows: Rows
    absent: tuple[str, ...] = ()
    dense_as_conv: tuple[str, ...] = ()
    older: tuple[tuple[str, str], ...] = ()
    needs: str = ""
    traits: tuple[Trait, ...] = ()
    refused: tuple[Trait, ...] = ()
    never: str = ""
    _patterns: list[tuple[re.Pattern[str], str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_patterns", [(_pattern(ours), theirs) for ours, theirs in self.rows])

    def module(self, layer: str) -> str | None:
        """Return their name of our `layer`; None if no row matches it."""
        for pattern, theirs in self._patterns:
            if match := pattern.fullmatch(layer):
                numbers = {key: int(value) for key, value in match.groupdict().items()}
                return theirs.format(**numbers, **{f"{key}0": value - 1 for key, value in numbers.items()})
        return None

    def of_head(self, array: str) -> bool:
        """Return whether their `array` belongs to a layer of our head."""
        module = array.rpartition(".")[0]
        return any(
            re.fullmatch(re.sub(r"\\{\w+\\}", r"\\d+", re.escape(theirs)), module)
            for ours, theirs in self.rows
            if ours.startswith("head_")
        )

    def today(self, array: str) -> str:
        """Return the name in newer files of the `array` of an older one."""
        for expression, replacement in self.older:
            array = re.sub(expression, replacement, array)
        return array


def rename(rows: Iterable[tuple[str, str]], prefixes: Mapping[str, str]) -> Rows:
    """Return the rows of a module under each pair of prefixes (ours to theirs)."""
    rows = tuple(rows)
    return tuple((ours + a, theirs + b) for ours, theirs in prefixes.items() for a, b in rows)


def _pattern(ours: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\d+)", re.escape(ours)))
