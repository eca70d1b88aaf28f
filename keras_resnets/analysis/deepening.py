"""Solution by construction: a deeper residual network that computes the same as a shallower one.

He et al. 2015, sec. 1: a deeper network whose added layers are the identity is no worse than the shallower one.
"""

import re
from collections.abc import Sequence

import keras
from keras import layers, ops

from keras_resnets._checking import checked
from keras_resnets._errors import is_positive_integer
from keras_resnets.analysis.surgery import BLOCK, SUM, Copy, block_of, follow, nodes_by_block, rebuilt, require_residual
from keras_resnets.layers import StochasticDepth


@checked
def deepen(model: keras.Model, depths: Sequence[int], *, name: str | None = None) -> keras.Model:
    """Build a deeper residual network that computes exactly what `model` does, as a start for further training.

    Each stage gets copies of its last block with an identity shortcut, right behind that block. Their weights are new,
    and their branch is zero: by the gamma and beta of its last normalization (the ReLU behind the sum of zero and a
    non-negative map is the identity), or else by its last convolution. Blocks are named by position, so that
    `deepen(ResNet20(), (9, 9, 9))` has the layers of `ResNet56()`, and its weights load there. Under stochastic depth a
    copy has the survival probability of its original.

    Args:
        model: Residual network of this package, trained or not; it is not changed.
        depths: Number of blocks of each stage of the deeper network, each at least the model's own.
        name: Name of the new model, default that of `model`.

    Returns:
        The deeper model, not compiled.

    Raises:
        TypeError: If `model` is not a Keras model.
        ValueError: If it has no residual blocks, `depths` do not fit it, or a stage to be deepened has no block with an
            identity shortcut.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"A network to deepen must be a keras.Model, not {model!r:.80}.")
    purpose = "new layers of a plain network would have to learn to be the identity, as no weights at zero make them so"
    blocks = require_residual(model, purpose)
    now = _depths(model)
    sources = {_source(model, stage, blocks): more for stage, more in enumerate(_more(model, now, depths), 1) if more}
    kept, added = Copy(lambda text: BLOCK.sub(lambda match: f"{_moved(match.group(1), sources)}_", text)), []
    nodes = nodes_by_block(model)

    def visit(layer, args, kwargs):
        output = kept.layer(layer)(*args, **kwargs)
        source = block_of(layer.name)
        if source in sources and layer is nodes[source][-1].operation:
            for place in _behind(source, sources[source]):
                copy = Copy(lambda text, place=place: BLOCK.sub(f"{place}_", text))
                output = _repeated(nodes[source], output, copy)
                added.append((copy, source))
        return output

    deeper = rebuilt(model, visit, name)
    kept.fill()
    for copy, source in added:
        _silence(copy, nodes[source])
    return deeper


def _depths(model: keras.Model) -> list[int]:
    """Return the number of blocks of each stage."""
    places = [_place(block) for layer in model.layers if (block := block_of(layer.name))]
    return [max(number for of, number in places if of == stage) for stage in sorted({of for of, _ in places})]


def _more(model: keras.Model, now: Sequence[int], depths: Sequence[int]) -> list[int]:
    """Return the number of blocks to add to each stage."""
    wanted = list(depths)
    fits = len(wanted) == len(now) and all(is_positive_integer(d) and d >= n for d, n in zip(wanted, now, strict=True))
    if not fits:
        raise ValueError(
            f"{model.name!r} has {tuple(now)} blocks in its {len(now)} stages: give as many numbers, each at least as "
            f"large, not {depths!r}."
        )
    return [d - n for d, n in zip(wanted, now, strict=True)]


def _source(model: keras.Model, stage: int, blocks: Sequence[str]) -> str:
    """Return the name of the last block of a stage with an identity shortcut."""
    nodes = nodes_by_block(model)
    found = [
        block
        for block in blocks
        if _place(block)[0] == stage and block_of(_operation(_summands(_sum(nodes[block]))[0]).name) != block
    ]
    if not found:
        raise ValueError(
            f"Cannot deepen stage {stage} of {model.name!r}: none of its blocks has an identity shortcut to make a new "
            "block from."
        )
    return found[-1]


def _repeated(nodes: list, x, copy: Copy):
    """Return the output for `x` of copies of the layers of a block."""
    shortcut, _ = _summands(_sum(nodes))
    made = {id(shortcut): x}
    follow(nodes, made, lambda layer, args, kwargs: copy.layer(layer)(*args, **kwargs))
    return made[id(nodes[-1].outputs[0])]


def _silence(copy: Copy, nodes: list) -> None:
    """Set the weights of a copied block so that its branch is zero."""
    total = _sum(nodes)
    last, inner = _operation(_summands(total)[1]), copy.layers
    if isinstance(total.operation, StochasticDepth):
        branch = copy.layers[copy.rename(total.operation.name)].branch
        last, inner = _operation(total.operation.branch.output), {layer.name: layer for layer in branch.layers}
    while isinstance(last, layers.Rescaling):
        last = _operation(last.input)
    for part in ("gamma", "beta", "kernel", "bias"):
        weight = getattr(inner[copy.rename(last.name)], part, None)
        if weight is not None:
            weight.assign(ops.zeros_like(weight))


def _sum(nodes: list):
    """Return the call that adds a block's shortcut and branch."""
    return next(node for node in nodes if node.operation.name == f"{block_of(node.operation.name)}{SUM}")


def _summands(node) -> tuple:
    """Return shortcut and branch of a sum; for stochastic depth, the input of the branch in place of its output."""
    one, other = node.input_tensors
    return (other, one) if isinstance(node.operation, StochasticDepth) else (one, other)


def _operation(tensor: keras.KerasTensor) -> keras.Operation:
    """Return the operation whose output a tensor is."""
    return tensor._keras_history.operation


def _place(block: str) -> tuple[int, int]:
    """Return stage and number of a block: (2, 1) for "stage2_block1"."""
    stage, number = map(int, re.findall(r"\d+", block))
    return stage, number


def _behind(source: str, more: int) -> list[str]:
    """Return the names of `more` new blocks right behind a block."""
    stage, number = _place(source)
    return [f"stage{stage}_block{number + extra}" for extra in range(1, more + 1)]


def _moved(block: str, sources: dict[str, int]) -> str:
    """Return the name of a block of the model in the deeper one."""
    stage, number = _place(block)
    before = sum(more for source, more in sources.items() if _place(source)[0] == stage and _place(source)[1] < number)
    return f"stage{stage}_block{number + before}"
