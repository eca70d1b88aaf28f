"""Networks that are built to be looked at leave nothing behind in Keras."""

import keras

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init


def test_variables_never_get_values():
    with abstract_init():
        looked_at = kr.ResNet20()
    kept = kr.ResNet20()
    with keras.StatelessScope():
        pass  # at its end Keras gives values to all variables that wait for them
    assert all(variable._value is None for variable in looked_at.variables)
    assert all(variable._value is not None for variable in kept.variables)
    assert kr.complexity(looked_at).trainable == kr.complexity(kept).trainable


def test_those_that_wait_already_get_theirs():
    with keras.StatelessScope(initialize_variables=False):
        waiting = keras.Variable(lambda shape, dtype: keras.ops.ones(shape, dtype), shape=(2,))
        with abstract_init():
            keras.Variable(lambda shape, dtype: keras.ops.ones(shape, dtype), shape=(2,))
    with keras.StatelessScope():
        pass
    assert waiting._value is not None


def test_feature_info_leaves_nothing_behind():
    kr.feature_info("resnet20")
    assert not keras.src.backend.common.global_state.get_global_attribute("uninitialized_variables")
