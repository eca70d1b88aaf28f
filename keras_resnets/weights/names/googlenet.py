"""Key map of GoogLeNet in torchvision, with or without auxiliary classifiers."""

from keras_resnets.weights.key_map import KeyMap, rename
from keras_resnets.weights.traits import LOCAL_RESPONSE

CONVOLUTION = (("", ".conv"), ("_bn", ".bn"))
STEM = {"stem_conv{c}": "conv{c}"}
MODULE = {
    "_1x1": ".branch1",
    "_3x3_reduce": ".branch2.0",
    "_3x3": ".branch2.1",
    "_5x5_reduce": ".branch3.0",
    "_5x5": ".branch3.1",
    "_pool_proj": ".branch4.1",
}
MODULES = {
    f"stage{stage}_block{block}": f"inception{stage + 2}{letter}"
    for stage, letters in enumerate(("ab", "abcde", "ab"), 1)
    for block, letter in enumerate(letters, 1)
}
AUXILIARY = (
    *rename(CONVOLUTION, {"aux{a}_conv": "aux{a}.conv"}),
    ("aux{a}_dense1", "aux{a}.fc1"),
    ("aux{a}_dense", "aux{a}.fc2"),
)

KEY_MAPS = (
    KeyMap(
        "torchvision googlenet",
        (
            *rename(CONVOLUTION, STEM),
            *rename(rename(CONVOLUTION, MODULE), MODULES),
            *AUXILIARY,
            ("head_dense", "fc"),
        ),
        absent=("aux1.", "aux2."),
        needs='variant="torchvision"',
        never=r"\.conv\.bias",
        traits=(LOCAL_RESPONSE,),
    ),
)
