"""Types that layers, blocks and networks share."""

from typing import Any, TypeAlias

# A `keras.KerasTensor` while a network is built, a tensor of the backend while it runs. Keras carries no types, so that
# an alias for its class would check no more than `Any` does.
Tensor: TypeAlias = Any

Shape: TypeAlias = tuple[int | None, ...]
