"""Cost of a network, counted from shapes alone, and the base width at which two networks cost the same."""

import functools
import inspect
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keras_resnets._errors import unknown
from keras_resnets.complexity import complexity
from keras_resnets.networks import list_models
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.networks.registry import find

COSTS = ("parameters", "multiply_accumulates")
AS_RESNEXT = {"resnet50": "resnext50_1x64d", "resnet101": "resnext101_1x64d"}  # the same functions
MOST = 100  # times the network's own cost; a larger budget was meant for the other kind of cost


@dataclass(frozen=True)
class Cost:
    """Trainable parameters of a network, and its multiply-accumulates for one image."""

    parameters: int
    multiply_accumulates: int


def with_cardinality(network: str) -> str:
    """Return a network that has a cardinality: `network`, or the ResNeXt equal to it, such as that of "resnet50".

    Raises:
        ValueError: If its builder has no cardinality, with the nearest name that has.
    """
    network = AS_RESNEXT.get(network, network)
    if "cardinality" not in inspect.signature(find(network)).parameters:
        names = [name for name in list_models() if "cardinality" in inspect.signature(find(name)).parameters]
        raise ValueError(unknown("network with a cardinality", network, [*names, *AS_RESNEXT]))
    return network


def cost_of(
    network: str, options: Mapping[str, Any], input_shape: tuple[int, ...] | None = None, classes: int | None = None
) -> Cost:
    """Return the cost of a network with these options of its builder, without creating its weights."""
    given = {**options, "input_shape": input_shape, "classes": classes}
    hashable = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return _cost_of(network, tuple(sorted(hashable.items())))


@functools.lru_cache(maxsize=4096)
def _cost_of(network: str, options: tuple[tuple[str, Any], ...]) -> Cost:
    with abstract_init():
        counted = complexity(find(network)(**dict(options)))
    return Cost(counted.trainable, counted.multiply_accumulates)


def width_of_cost(cost_at: Callable[[int], int], budget: float, most: float) -> int | None:
    """Return the base width whose cost is nearest to `budget` and at most `most`; None if even width 1 costs more.

    Args:
        cost_at: Function from base width d >= 1 to cost. Costs are a quadratic polynomial of d, since 1x1 convolutions
            and normalizations are linear in it and 3x3 convolutions quadratic: it is called three times.
        budget: Cost aimed at.
        most: Maximum cost.
    """
    first, second, third = (cost_at(width) for width in (1, 2, 3))

    def cost(width: int) -> int:
        """Evaluate the polynomial through the three costs, in Newton's form."""
        linear, bend = second - first, third - 2 * second + first
        return first + (width - 1) * linear + (width - 1) * (width - 2) // 2 * bend

    above = 1
    while cost(above) < budget:
        above *= 2
    above = bisect_left(range(above + 1), budget, lo=1, key=cost)
    allowed = [width for width in (above - 1, above) if width >= 1 and cost(width) <= most]
    return min(allowed, key=lambda width: abs(cost(width) - budget), default=None)


def budget_of(text: str | float, own: int, kind: str) -> float:
    """Return a budget as a cost: "1.0x" is a share of the network's `own` cost, a number such as 4.2e9 the cost itself.

    Args:
        text: The budget.
        own: Cost of the network.
        kind: "parameters" or "multiply_accumulates".

    Raises:
        ValueError: If the budget is neither, is not positive, or is more than a hundred times the network's cost.
    """
    match = re.fullmatch(r"\s*([0-9.]+(?:e[+-]?\d+)?)\s*(x?)\s*", str(text), re.IGNORECASE)
    try:
        budget = float(match[1]) * (own if match[2] else 1) if match else 0.0
    except ValueError:
        budget = 0.0
    words = kind.replace("_", "-")
    if budget <= 0:
        raise ValueError(f"A budget is a share such as 1.0x or a number of {words} such as {own:.3g}, not {text!r}.")
    if budget > MOST * own:
        raise ValueError(
            f"A budget of {text} {words} is {budget / own:,.0f} times the network's own {own:,}: the kind of cost may "
            f"be the other one of {' and '.join(COSTS)}."
        )
    return budget
