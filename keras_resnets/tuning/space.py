"""Search space: cardinality and base width, coupled at equal cost or free, and options of networks and recipes."""

import functools
import inspect
import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import keras
import keras_tuner

from keras_resnets._checking import Count, checked
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.networks.assemble import assemble
from keras_resnets.networks.registry import find
from keras_resnets.training import recipes
from keras_resnets.training.compiling import compile_for, network_for
from keras_resnets.training.config import chosen_recipe
from keras_resnets.tuning.costs import COSTS, Cost, budget_of, cost_of, width_of_cost, with_cardinality

TABLE_2 = {1: 64, 2: 40, 4: 24, 8: 14, 32: 4}  # cardinality: base width (Xie et al. 2017)
OWN = {"cardinality": "cardinalities", "base_width": "base_widths"}  # dimensions with arguments of their own
COMMON = [p.name for p in inspect.signature(assemble).parameters.values() if p.kind is p.KEYWORD_ONLY]
NOT_SET = ("name", "networks", "network_options", *recipes.DESCRIPTIVE)  # fields that a search does not vary
LONG = 10_000  # steps of an epoch, so that a schedule in epochs loses nothing to rounding
TOLERANCE = 0.05  # by which a network may cost more than the budget: a width is a whole number


@dataclass(frozen=True)
class Setting:
    """One network of a search, and its cost.

    Attributes:
        cardinality: C, the number of paths.
        base_width: d, the width of a path in the first stage.
        chosen: Values of the other choices by name: options of the network's builder and of the recipe.
        parameters: Number of trainable parameters.
        multiply_accumulates: Number of multiply-accumulates for one image.
        share: Cost as a share of the budget.
        oversized: Whether the network costs too much to be built.
    """

    cardinality: int
    base_width: int
    chosen: Mapping[str, Any]
    parameters: int
    multiply_accumulates: int
    share: float
    oversized: bool

    @property
    def name(self) -> str:
        """Cardinality and base width as in the paper, then the choices, such as "8x14d, shortcut=C"."""
        return ", ".join([f"{self.cardinality}x{self.base_width}d", *(f"{k}={v}" for k, v in self.chosen.items())])


@functools.partial(checked, own={"choices"})
class CardinalitySpace(keras_tuner.HyperModel):
    """Networks of equal cost, or of at most a given cost, for any tuner of keras-tuner.

    Coupled, each cardinality comes with the base width at which the network costs the budget, as in Table 2 of Xie et
    al. 2017. Free, cardinality and base width are chosen independently, and networks above the budget are refused.
    Costs are counted from shapes: refused networks are never built.

    Args:
        network: Name from `list_models()` whose builder has a cardinality; resnet50 and resnet101 have one path.
        budget: Share of the network's own cost, "1.0x", or the cost itself, 4.2e9. No network is built that costs more
            than 1.05 times the budget.
        cost: Kind of cost, "parameters" (as in Table 2) or "multiply_accumulates".
        coupled: Whether the cardinality fixes the base width.
        cardinalities: Cardinalities to choose from, default those of Table 2.
        base_widths: Base widths to choose from in a free space, default those of Table 2.
        choices: Lists of values to choose from, by name of an option of the builder, such as
            `{"shortcut": ["B", "C"], "depths": [[3, 4, 6, 3], [3, 4, 23, 3]], "form": ["a", "c"]}`, or of the recipe,
            such as `{"learning_rate": [0.1, 0.05]}`.
        fixed: Values for all networks, by the same names, such as `{"filters": 16, "batch_size": 32}`; the network's
            own cost is counted with them.
        input_shape: Shape of the images, `(height, width, channels)`, default the network's; required by `build`.
        classes: Number of classes, default the network's; required by `build`.
        recipe: Recipe that `build` compiles by, default the network's own.
        iterations: Length of a training, to which the recipe's schedule is scaled; required by `build`.

    Attributes:
        arguments: Arguments as JSON holds them, with the fixed values in the recipe.

    Raises:
        ValueError: If the network has no cardinality, a cost or choice is unknown, or no setting meets the budget; with
            the nearest.
    """

    def __init__(
        self,
        network: str = "resnext50_32x4d",
        budget: str | float = "1.0x",
        *,
        cost: str = "parameters",
        coupled: bool = True,
        cardinalities: Sequence[int] = tuple(TABLE_2),
        base_widths: Sequence[int] = tuple(sorted(TABLE_2.values())),
        choices: Mapping[str, Sequence[Any]] | None = None,
        fixed: Mapping[str, Any] | None = None,
        input_shape: Sequence[int] | None = None,
        classes: int | None = None,
        recipe: str | os.PathLike[str] | recipes.Recipe | None = None,
        iterations: Count | None = None,
    ):
        super().__init__(name="cardinality_space", tunable=True)
        if cost not in COSTS:
            raise ValueError(unknown("cost", cost, COSTS))
        self.network, self.cost, self.coupled, self.iterations = with_cardinality(network), cost, coupled, iterations
        self.builder_options = set(inspect.signature(find(self.network)).parameters) - set(COMMON)
        self.recipe = self._recipe(recipe, dict(fixed or {}))
        self.options = {**find(self.network).keywords, **self.recipe.network_options}
        self.input_shape, self.classes = None if input_shape is None else tuple(input_shape), classes
        self.offered = self._offered(cardinalities, base_widths, dict(choices or {}))
        self.arguments: dict[str, Any] = {
            "budget": str(budget),
            "cost": cost,
            "coupled": coupled,
            "cardinalities": list(cardinalities),
            "base_widths": list(base_widths),
            "choices": {name: list(values) for name, values in (choices or {}).items()},
            "recipe": self.recipe.to_mapping(),
            "image_shape": self.input_shape and list(self.input_shape),
            "classes": classes,
        }
        self.own = self._count(self.options)
        self.budget = budget_of(budget, getattr(self.own, cost), cost)
        self.first = self._first()

    def _recipe(self, recipe: str | os.PathLike[str] | recipes.Recipe | None, fixed: dict[str, Any]) -> recipes.Recipe:
        """Return the recipe with the fixed values, options of the network among them."""
        for name in fixed:
            self._refuse_unknown(name)
        options = {name: value for name, value in fixed.items() if name in self.builder_options}
        values = {name: value for name, value in fixed.items() if name not in self.builder_options}
        return recipes.override(chosen_recipe(self.network, recipe, None, None, None, options), values)

    def _refuse_unknown(self, name: str) -> None:
        keys = [field.name for field in fields(recipes.Recipe) if field.name not in NOT_SET]
        if name not in self.builder_options and name.partition(".")[0] not in keys:
            allowed = [*sorted(self.builder_options), *keys]
            raise ValueError(unknown("option of the network or key of its recipe", name, allowed))

    def _offered(self, cardinalities, base_widths, choices) -> dict[str, list]:
        """Return the values of each dimension of the space, by name."""
        offered = {"cardinality": cardinalities, **({} if self.coupled else {"base_width": base_widths}), **choices}
        for name in choices:
            if name in OWN:
                raise ValueError(f"Give the values of {name} as {OWN[name]}, not among the choices.")
            self._refuse_unknown(name)
        for name, values in offered.items():
            if isinstance(values, str) or not isinstance(values, Sequence) or not values:
                raise ValueError(f"{name} must be a list of values to choose from, not {values!r}.")
            for value in values:
                self._refuse(name, value)
        return {name: _each_once(values) for name, values in offered.items()}

    def _refuse(self, name: str, value: Any) -> None:
        """Raise if `value` is not allowed for this dimension, so that no trial fails by it."""
        if name in OWN:
            positive_integer(name, value)
        elif name in self.builder_options:
            self._count({**self.options, name: value})
        else:
            recipes.override(self.recipe, {name: value})

    def _count(self, options: Mapping[str, Any]) -> Cost:
        return cost_of(self.network, options, self.input_shape, self.classes)

    def _first(self) -> Setting:
        """Return the first setting within the budget.

        Raises:
            ValueError: If no setting is, with the one that costs least.
        """
        least = None
        for values in self.grid():
            setting = self.setting(values)
            if not setting.oversized:
                return setting
            least = setting if least is None or setting.share < least.share else least
        assert least is not None
        raise ValueError(
            f"No network of this space costs {self.budget:,.0f} {self.cost.replace('_', '-')} or less: the nearest is "
            f"{least.name} with {getattr(least, self.cost):,}, {least.share:.2f} times the budget."
        )

    def grid(self) -> Iterator[dict[str, Any]]:
        """Yield every combination of values, in keras-tuner's form, the last dimension fastest."""
        for values in itertools.product(*self.offered.values()):
            yield {name: _kept(value, self.offered[name]) for name, value in zip(self.offered, values, strict=True)}

    def setting(self, values: Mapping[str, Any]) -> Setting:
        """Return the network of keras-tuner's `values`, with its cost.

        In a coupled space, the base width is that of the budget, or 1 if even that costs too much.
        """
        chosen = {
            name: next(value for value in offered if _kept(value, offered) == values[name])
            for name, offered in self.offered.items()
        }
        cardinality, width = chosen.pop("cardinality"), chosen.pop("base_width", None)
        options = {
            **self.options,
            **{name: value for name, value in chosen.items() if name in self.builder_options},
            "cardinality": cardinality,
        }
        most = self.budget * (1 + TOLERANCE)
        if width is None:
            at = partial(self._cost_at, options)
            width = width_of_cost(at, self.budget, most) or 1
        counted = self._count({**options, "base_width": width})
        cost = getattr(counted, self.cost)
        return Setting(
            cardinality=cardinality,
            base_width=width,
            chosen=chosen,
            parameters=counted.parameters,
            multiply_accumulates=counted.multiply_accumulates,
            share=cost / self.budget,
            oversized=cost > most,
        )

    def _cost_at(self, options: Mapping[str, Any], width: int) -> int:
        return getattr(self._count({**options, "base_width": width}), self.cost)

    def options_of(self, setting: Setting) -> dict[str, Any]:
        """Return the options that build the network of a setting, other than those that the network's name implies."""
        own = find(self.network).keywords
        fixed = {name: value for name, value in self.options.items() if name not in own}
        chosen = {name: value for name, value in setting.chosen.items() if name in self.builder_options}
        return {**fixed, **chosen, "cardinality": setting.cardinality, "base_width": setting.base_width}

    def recipe_of(self, setting: Setting) -> recipes.Recipe:
        """Return the recipe with the values and the options of the network of a setting."""
        values = {name: value for name, value in setting.chosen.items() if name not in self.builder_options}
        return replace(recipes.override(self.recipe, values), network_options=self.options_of(setting))

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> dict[str, Any]:
        """Declare the dimensions to keras-tuner, and return the values it chose; its defaults are within the budget."""
        first = {"cardinality": self.first.cardinality, "base_width": self.first.base_width, **self.first.chosen}
        return {
            name: hp.Choice(name, [_kept(value, values) for value in values], default=_kept(first[name], values))
            for name, values in self.offered.items()
        }

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build and compile a network, from images `[batch, h, w, c]` to logits, for labels as integers.

        Raises:
            keras_tuner.errors.FailedTrialError: If the network costs more than the budget; it is not built.
            ValueError: If the space has no `input_shape`, `classes` or `iterations`.
        """
        if self.input_shape is None or self.classes is None or self.iterations is None:
            raise ValueError("To build networks, a CardinalitySpace needs input_shape, classes and iterations.")
        setting = self.setting(self.declare_hyperparameters(hp))
        refuse_oversized(setting)
        recipe = recipes.scaled(recipes.in_iterations(self.recipe_of(setting), LONG), self.iterations)
        model = network_for(recipe, self.network, self.input_shape, self.classes)
        compile_for(recipe, model)
        return model


def refuse_oversized(setting: Setting) -> None:
    """Check that a setting does not cost too much.

    Raises:
        keras_tuner.errors.FailedTrialError: If it does, with the cost.
    """
    if setting.oversized:
        raise keras_tuner.errors.FailedTrialError(f"{setting.name} costs {setting.share:.2f} times the budget.")


def _each_once(values: Sequence[Any]) -> list[Any]:
    """Return the distinct values in order, tuples as lists, as they are after a round trip through JSON."""
    listed = [list(value) if isinstance(value, tuple) else value for value in values]
    return [value for index, value in enumerate(listed) if value not in listed[:index]]


def _kept(value: Any, values: Sequence[Any]) -> Any:
    """Return `value` in keras-tuner's form: a number if all values are numbers, which have an order, else text."""
    if all(isinstance(each, int) and not isinstance(each, bool) for each in values):
        return value
    if all(isinstance(each, int | float) and not isinstance(each, bool) for each in values):
        return float(value)
    return json.dumps(value)
