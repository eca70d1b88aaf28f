"""Tables of names."""

from keras_resnets.weights.key_map import KeyMap, rename

NAMING = KeyMap(
    "example",
    (
        *rename([("_conv{c}", ".conv{c}")], {"stage{s}_block{b}": "layers.{s0}.{b0}"}),
        ("head_dense{d}", "classifier.{d}"),
        ("head_dense", "fc"),
    ),
    older=((r"\.conv\.(\d)\.", r".conv\1."),),
)


def test_numbers_are_counted_from_0_where_the_name_says_so():
    assert NAMING.module("stage2_block11_conv3") == "layers.1.10.conv3"
    assert NAMING.module("head_dense2") == "classifier.2"
    assert NAMING.module("head_dense") == "fc"


def test_a_layer_without_a_row_has_no_name():
    assert NAMING.module("stage2_block1_conv3_bn") is None
    assert NAMING.module("aux1_head_dense") is None


def test_arrays_of_the_head_are_known():
    assert NAMING.of_head("fc.weight") and NAMING.of_head("classifier.2.bias")
    assert not NAMING.of_head("layers.1.10.conv3.weight") and not NAMING.of_head("fcs.weight")


def test_names_of_older_files_are_todays():
    assert NAMING.today("layers.1.0.conv.3.weight") == "layers.1.0.conv3.weight"
    assert NAMING.today("layers.1.0.conv3.weight") == "layers.1.0.conv3.weight"
