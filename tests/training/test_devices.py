"""One training on several devices equals the one on a single device; the devices are processors split in two."""

import json

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.training.devices import devices, norms_of, precision, synchronize
from tests.small_networks import OneBlock

# Two processors of TensorFlow's; what `train` does is the same otherwise.
TWO_DEVICES = """
import sys, json, numpy as np, tensorflow as tf, keras
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras_resnets as kr
"""

# In float32 a rounding that turns a ReLU's sign moves weights by 1e-3.
TRAIN = """
from keras_resnets.training import devices
devices.PRECISIONS["float32"] = "float64"

def train(strategy, **options):
    steps = {"iterations": 20, "batch_size": 32, "learning_rate": 0.01}
    run = kr.train("resnet20", "digits", run_dir=f"{sys.argv[1]}/{strategy}", strategy=strategy, **steps, **options)
    return run.read_metrics()[-1], [np.asarray(variable) for variable in run.load("last").variables]

rows, weights = zip(train("single", sync_batch_norm=SYNC), train("mirrored", sync_batch_norm=SYNC))
largest = max(float(np.abs(a - b).max()) for a, b in zip(*weights, strict=True))
print(json.dumps({"largest": largest, "rows": rows}))
"""


@pytest.mark.slow
def test_two_mirrored_devices_equal_one_when_norms_are_synchronized(tmp_path, fresh_python):
    printed = fresh_python(TWO_DEVICES + TRAIN.replace("SYNC", "True"), tmp_path)
    told = json.loads(printed.splitlines()[-1])
    assert told["largest"] < 1e-9
    single, mirrored = told["rows"]
    assert single["test_error"] == mirrored["test_error"]
    assert single["train_loss"] == pytest.approx(mirrored["train_loss"], rel=1e-5)


AVERAGE = """
from keras_resnets.training.devices import devices, norms_of
where = devices("mirrored")
with where.scope():
    norm, dense = keras.layers.BatchNormalization(), keras.layers.Dense(3, "softmax")
    model = keras.Sequential([keras.Input((2, 2, 3)), norm, keras.layers.Flatten(), dense])
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    images = np.random.default_rng(0).normal(size=(8, 2, 2, 3)).astype("float32")
    model.fit(images, np.arange(8) % 3, batch_size=8, verbose=0)
    mean = norms_of(model)[0].moving_mean.value
    apart = [np.array(replica) for replica in where.strategy.experimental_local_results(mean)]
    where.averaging(model)()
    together = [np.array(replica) for replica in where.strategy.experimental_local_results(mean)]
assert np.abs(apart[0] - apart[1]).max() > 1e-4
for replica in together:
    np.testing.assert_allclose(replica, (apart[0] + apart[1]) / 2, atol=1e-7)
print(where.replicas)
"""


MOMENTUM = """
from keras_resnets.training import CoupledSGD

def trained(strategy):
    with strategy.scope():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")])
        model.compile(CoupledSGD(0.1, 0.9, 0.01, nesterov=True), "mse", jit_compile=False)
    x = np.linspace(-1, 1, 48).reshape(16, 3)
    model.fit(x, x[:, :2], batch_size=8, epochs=3, shuffle=False, verbose=0)
    kernel = model.layers[0].kernel.value
    return [np.array(replica) for replica in strategy.experimental_local_results(kernel)]

(single,) = trained(tf.distribute.get_strategy())
for replica in trained(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
    np.testing.assert_allclose(replica, single, rtol=1e-6)
"""


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It is TensorFlow's strategy.")
def test_on_mirrored_devices_momentum_is_that_of_one_and_moving_statistics_are_averaged(fresh_python):
    """In one process, whose imports take longest."""
    assert fresh_python(TWO_DEVICES + AVERAGE + MOMENTUM).split()[-1] == "2"


KILLED = """
from keras_resnets.runs import Run
from keras_resnets.training import recipes, trainer

def small(*, classes, input_shape, classifier_activation):
    inputs = keras.Input(input_shape)
    norm = keras.layers.BatchNormalization(momentum=0.9, name="norm", synchronized=SYNC)
    x = norm(keras.layers.Conv2D(6, 3, name="conv")(inputs))
    x = keras.layers.Dropout(0.5, name="dropout")(keras.layers.Flatten(name="flat")(x))
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(x), name="small")

class Killed(BaseException):
    pass

class Killing(trainer.SaveOften):
    def on_train_batch_end(self, batch, logs=None):
        if self.counter.batches == 15 and self.run.path.name == "killed":
            raise Killed
        super().on_train_batch_end(batch, logs)

pixels = np.random.default_rng(0).integers(0, 256, (192, 6, 6, 1)).astype("uint8")
split = kr.data.Split(pixels, np.arange(192) % 3)
images = kr.data.ImageSet("noise", ("a", "b", "c"), split, split, kr.data.Augmentation(1, flip=False))
recipe = recipes.Recipe(name="small", epochs=3, batch_size=16, learning_rate=0.05, optimizer="sgd")

def train(name, existing="refuse", strategy="mirrored"):
    path = f"{sys.argv[1]}/{name}"
    options = {"checkpoint_every": 7, "strategy": strategy, "existing": existing}
    return kr.train(small, images, recipe=recipe, run_dir=path, **options)

whole = train("whole")
often, trainer.SaveOften = trainer.SaveOften, Killing
try:
    train("killed")
except Killed:
    trainer.SaveOften = often
killed = Run(f"{sys.argv[1]}/killed").checkpoints.load("last")[1]
assert killed.batches == 14 and len(killed.metrics) == 2, killed
assert (np.abs(np.subtract(*killed.statistics)).max() > 1e-3) == (not SYNC)
import shutil
shutil.copytree(f"{sys.argv[1]}/killed", f"{sys.argv[1]}/alone")
again = train("killed", "resume")
for which in ("last", "best"):
    for ours, theirs in zip(whole.load(which).variables, again.load(which).variables, strict=True):
        np.testing.assert_array_equal(ours, theirs, err_msg=ours.path)
for ours, theirs in zip(whole.read_metrics(), again.read_metrics(), strict=True):
    for name in ("train_loss", "train_error", "test_loss", "test_error"):
        assert ours[name] == theirs[name], (name, ours[name], theirs[name])
alone = train("alone", "resume", strategy="single").read_metrics()
assert abs(alone[1]["train_loss"] - whole.read_metrics()[1]["train_loss"]) < 1e-1
print("equal")
"""


@pytest.mark.slow
@pytest.mark.parametrize("synchronized", [False, True])
@pytest.mark.filterwarnings("ignore:The run in")
def test_a_mirrored_training_killed_within_an_epoch_ends_as_if_not(synchronized, tmp_path, fresh_python):
    """Each replica goes on from its own moving statistics and metrics; one device from their mean."""
    printed = fresh_python(TWO_DEVICES + KILLED.replace("SYNC", str(synchronized)), tmp_path)
    assert printed.split()[-1] == "equal"


ON_JAX = """
import sys, json, numpy as np, keras
import keras_resnets as kr
"""


@pytest.mark.slow
def test_eight_devices_of_jax_equal_one(tmp_path, fresh_python):
    code = ON_JAX + TRAIN.replace("SYNC", "False").replace('"iterations": 20', '"iterations": 4')
    flags = "--xla_force_host_platform_device_count=8"
    told = json.loads(
        fresh_python(code, tmp_path, KERAS_BACKEND="jax", XLA_FLAGS=flags, JAX_ENABLE_X64="1").splitlines()[-1]
    )
    assert told["largest"] < 1e-6  # Keras computes losses in float32
    single, mirrored = told["rows"]
    assert single["test_error"] == mirrored["test_error"]


def test_auto_is_a_single_device_here(monkeypatch):
    for name in ("TF_CONFIG", "SLURM_NTASKS", "TPU_NAME"):
        monkeypatch.delenv(name, raising=False)
    where = devices("auto")
    assert (where.kind, where.replicas, where.chief, where.strategy) == ("single", 1, True, None)


@pytest.mark.parametrize(
    "strategy, message",
    [
        ("mirored", r"Unknown strategy 'mirored': .*did you mean 'mirrored'"),
        ("mirrored", "needs two devices or more, and here is one"),
        ("multi_worker", "needs TF_CONFIG, or Slurm's variables"),
    ],
)
def test_what_is_not_there_is_told(strategy, message, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match=message):
        kr.train("resnet20", "digits", strategy=strategy)


def test_a_cluster_that_cannot_be_read_is_told(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{worker")
    with pytest.raises(ValueError, match="Cannot read the cluster in the environment"):
        devices("auto")


@pytest.mark.parametrize("replicas, batch, near", [(8, 100, 96), (8, 5, 8), (3, 128, 126)])
def test_a_batch_that_does_not_split_is_refused(replicas, batch, near):
    where = kr.training.devices.Devices("mirrored", replicas)
    where.check_batch(near)
    with pytest.raises(ValueError, match=f"{batch} images does not split into {replicas} equal parts.*: {near} would"):
        where.check_batch(batch)


@pytest.mark.parametrize("name, computed", [("float32", "float32"), ("bfloat16", "bfloat16"), ("float16", "float16")])
def test_precision_holds_for_what_is_built_inside(name, computed):
    with precision(name):
        model = kr.ResNet20(input_shape=(8, 8, 3))
        model.compile("sgd", "sparse_categorical_crossentropy")
    assert keras.config.dtype_policy().name == "float32"
    assert model.get_layer("stage1_block1_conv1").compute_dtype == computed
    assert model.get_layer("head_dense").compute_dtype == "float32"
    assert {variable.dtype for variable in model.weights} == {"float32"}
    scales = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scales == (name == "float16")


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match=r"Unknown precision 'bfloat': .*did you mean 'bfloat16'"), precision("bfloat"):
        pass


def test_norms_are_synchronized_inside_branches_too():
    model = kr.ResNet20(survival=0.5, input_shape=(8, 8, 3))
    assert len(norms_of(model)) == 19
    synchronize(model)
    assert all(norm.synchronized for norm in norms_of(model))


NOISE = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), dtype=np.uint8), np.arange(60) % 2


def test_precision_reaches_the_training(tmp_path):
    options = {"recipe": "he_cifar", "iterations": 2, "batch_size": 8, "precision": "bfloat16"}
    run = kr.train(OneBlock, NOISE, run_dir=tmp_path / "run", **options)
    assert run.read_config()["precision"] == "bfloat16"
    assert run.load("last").get_layer("stage1_block1_conv1").compute_dtype == "bfloat16"
    assert np.isfinite(run.read_metrics()[-1]["train_loss"])


def test_several_steps_at_a_time_train_alike(tmp_path):
    rows = []
    for steps in (1, 3):
        options = {"recipe": "he_cifar", "iterations": 6, "batch_size": 8, "steps_per_execution": steps}
        rows.append(kr.train(OneBlock, NOISE, run_dir=tmp_path / f"{steps}", **options).read_metrics()[-1])
    assert rows[0]["iteration"] == rows[1]["iteration"] == 6
    assert rows[0]["train_loss"] == pytest.approx(rows[1]["train_loss"], rel=1e-4)
    with pytest.raises(ValueError, match="as 3 does and 4 does not"):
        kr.train("resnet20", NOISE, run_dir=tmp_path / "4", iterations=6, batch_size=8, steps_per_execution=4)
