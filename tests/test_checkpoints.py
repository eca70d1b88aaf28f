"""Saved models: whole, checked, and the one before where one is not."""

import errno
import json
import os
import shutil
import warnings

import keras
import numpy as np
import pytest

from keras_resnets.checkpoints import Position, random_states
from keras_resnets.runs import Run


def network(value=0.0):
    inputs = keras.Input((3,))
    outputs = keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(value), name="dense")(
        keras.layers.Dropout(0.5, name="dropout")(inputs)
    )
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    return model


def value_of(model):
    return float(model.get_layer("dense").get_weights()[0][0, 0])


@pytest.fixture
def run(tmp_path):
    """A run with the models 1, 2 and 3, saved one after the other."""
    run = Run(tmp_path, keep=3)
    for value in (1.0, 2.0, 3.0):
        run.save(network(value), "last", Position(batches=int(value)))
    return run


def names(run):
    return sorted(file.name for file in run.path.iterdir())


def test_the_last_ones_are_kept_and_no_more(run):
    assert names(run) == ["checkpoints.json", "last-1.keras", "last-2.keras", "last.keras"]
    run.save(network(4.0), "last")
    files = (run.path / name for name in ("last.keras", "last-1.keras", "last-2.keras"))
    assert [value_of(keras.saving.load_model(file)) for file in files] == [4.0, 3.0, 2.0]
    fewer = Run(run.path, keep=1)
    fewer.save(network(5.0), "last")
    assert names(fewer) == ["checkpoints.json", "last.keras"]


def test_a_whole_one_is_loaded_without_a_word(run):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, moment = run.checkpoints.load("last")
    assert (value_of(model), moment) == (3.0, Position(batches=3))


def truncated(content):
    return content[:-100]


def with_another_byte(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def with_an_empty_end(content):
    """As a file system leaves a file whose length, but not whose content, was written."""
    return content[:-4096] + bytes(4096)


@pytest.mark.parametrize("damage", [truncated, with_another_byte, with_an_empty_end, lambda content: b""])
def test_a_damaged_one_is_told_and_the_one_before_it_is_used(damage, run):
    run.last.write_bytes(damage(run.last.read_bytes()))
    with pytest.warns(UserWarning, match=r"last\.keras in .* is damaged or missing: last-1\.keras is used"):
        model, moment = run.checkpoints.load("last")
    assert (value_of(model), moment.batches) == (2.0, 2)
    run.save(network(9.0), "last")
    assert value_of(run.load("last")) == 9.0
    assert value_of(keras.saving.load_model(run.path / "last-1.keras")) == 2.0  # not the damaged one


def test_a_missing_one_is_made_up_for(run):
    run.last.unlink()
    with pytest.warns(UserWarning, match="damaged or missing") as told:
        assert value_of(run.load("last")) == 2.0
    assert {warning.filename for warning in told} == {__file__}


def test_where_nothing_is_whole_it_is_said(run):
    for file in run.path.glob("*.keras"):
        file.write_bytes(b"")
    with pytest.raises(OSError, match=r"last\.keras in .* is damaged: its SHA-256 is not the one recorded"):
        run.load("last")
    run.save(network(1.0), "best")
    run.best.write_bytes(b"")
    with pytest.raises(OSError, match=r"best\.keras in .* is damaged.*last\.keras may be whole"):
        run.load("best")


def test_a_run_of_an_earlier_release_loads_and_goes_on(tmp_path):
    network(1.0).save(tmp_path / "last.keras")
    run = Run(tmp_path)
    model, moment = run.checkpoints.load("last")
    assert (value_of(model), moment) == (1.0, None)
    run.save(network(2.0), "last")
    run.last.write_bytes(b"")
    with pytest.warns(UserWarning, match=r"last-1\.keras is used"):
        assert value_of(run.load("last")) == 1.0


def test_an_unreadable_file_of_an_earlier_release_is_said_to_be_one(tmp_path):
    (tmp_path / "last.keras").write_bytes(b"PK")
    with pytest.raises(OSError, match="cannot be read, and no SHA-256 tells whether it is whole"):
        Run(tmp_path).load("last")


def test_the_states_of_random_generators_come_back(tmp_path):
    """Keras leaves those of its dropout out of its files."""
    model = network()
    for _ in range(3):
        model(np.ones((1, 3)), training=True)
    run = Run(tmp_path)
    run.save(model, "last")
    states = [[np.array(state) for state in random_states(m)] for m in (model, run.load("last"))]
    assert states[0][0][1] == 3
    np.testing.assert_array_equal(*states)


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("write failed")])
def test_a_failed_write_leaves_what_was_there(fault, run, monkeypatch):
    before = {file.name: file.read_bytes() for file in run.path.iterdir()}

    def failing(self, path, **_):
        path.write_bytes(b"half a model")
        raise fault

    monkeypatch.setattr(keras.Model, "save", failing)
    with pytest.raises(OSError, match=r"last\.keras' could not be written: .*What was saved before is whole"):
        run.save(network(), "last")
    assert {file.name: file.read_bytes() for file in run.path.iterdir()} == before


class Killed(BaseException):
    """What stops a save anywhere, as SIGKILL does: nothing tidies up after it but `finally`."""


@pytest.mark.parametrize("call", range(9))
def test_killed_at_any_point_a_whole_one_is_left(call, run, monkeypatch):
    """Each time another of the renames, flushes and removals of a save is the last thing that is done."""
    from pathlib import Path

    import keras_resnets._files as files

    done = []

    def counted(function):
        def calling(*arguments, **options):
            if len(done) == call:
                raise Killed
            done.append(function)
            return function(*arguments, **options)

        return calling

    model = network(4.0)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(files.os, "fsync", counted(files.os.fsync))
        with pytest.raises(Killed):
            run.save(model, "last")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert value_of(run.load("last")) in (3.0, 4.0)


def test_a_save_is_flushed_before_it_is_named(run, monkeypatch):
    import keras_resnets._files as files

    order = []
    fsync, replace = files.os.fsync, type(run.path).replace

    def flushing(descriptor):
        order.append("flush")
        fsync(descriptor)

    def naming(path, target):
        order.append(target.name)
        return replace(path, target)

    monkeypatch.setattr(files.os, "fsync", flushing)
    monkeypatch.setattr(type(run.path), "replace", naming)
    run.save(network(), "last")
    assert order[-2:] == ["last.keras", "flush"]  # of the directory
    assert "flush" in order[: order.index("checkpoints.json")]
    assert order.index("checkpoints.json") < order.index("last-1.keras") < order.index("last.keras")


def test_a_process_that_does_not_write_takes_part_and_leaves_nothing(tmp_path):
    silent = Run(tmp_path / "run", writes=False)
    with silent.locked():
        silent.begin({}, np.zeros(1))
        silent.write_metrics([{"epoch": 1.0}])
        silent.save(network(), "last")
        silent.note("epoch")
        silent.write_result({})
        silent.clear()
    assert not silent.path.exists()


def test_the_log_holds_a_line_an_event_even_after_a_torn_one(tmp_path):
    run = Run(tmp_path)
    run.note("start", iteration=0)
    with run.log.open("a") as file:
        file.write('{"time": "2')
    run.note("end", iteration=12)
    lines = run.log.read_text().splitlines()
    assert [json.loads(lines[i])["event"] for i in (0, -1)] == ["start", "end"] and len(lines) == 3


@pytest.mark.parametrize("keep", [0, -1, 1.5])
def test_keep_counts(keep, tmp_path):
    with pytest.raises(ValueError, match="keep must be a positive integer"):
        Run(tmp_path, keep=keep)


@pytest.mark.parametrize("which", ["last", "best"])
@pytest.mark.parametrize("recorded", [True, False])
def test_weights_that_are_not_finite_are_refused(which, recorded, tmp_path):
    run = Run(tmp_path)
    run.save(network(float("nan")), which)
    if not recorded:
        run.checkpoints.record.unlink()
    with pytest.raises(ValueError, match=rf"weights of '.*{which}.keras': 1 of 2 arrays hold NaN .*: dense/kernel"):
        run.load(which)


def test_an_optimizer_may_hold_anything(tmp_path):
    run, model = Run(tmp_path), network(1.0)
    model.optimizer.learning_rate.assign(float("inf"))
    run.save(model, "last")
    assert value_of(run.load()) == 1.0


def test_partial_files_that_are_links_are_not_written_through(run, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "file"
    outside.write_text("kept")
    for name in (".last.partial.keras", ".metrics.partial.csv", ".checkpoints.partial.json", ".mean.partial.npy"):
        (run.path / name).symlink_to(outside)
    run.begin({"network": "x"}, np.zeros(3))
    run.save(network(4.0), "last")
    run.write_metrics([{"epoch": 1.0}])
    assert outside.read_text() == "kept"
    assert value_of(run.load()) == 4.0 and run.read_metrics() == [{"epoch": 1.0}]
    assert not [name for name in names(run) if "partial" in name]


@pytest.mark.parametrize("name", ["log.jsonl", "config.json", "metrics.csv", "last.keras", "best.keras", "mean.npy"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_file_of_a_run_that_is_none_is_refused(name, kind, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "file"
    outside.write_text("{}")
    run = Run(tmp_path)
    run.begin({"network": "x"}, np.zeros(3))
    path = tmp_path / name
    path.unlink(missing_ok=True)
    {"link": lambda: path.symlink_to(outside), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    for use in (run.read_config, run.locked().__enter__):
        with pytest.raises(OSError, match=f"Refusing .*{name}': it is {'a link' if kind == 'link' else 'no regular'}"):
            use()
    if name == "log.jsonl":
        with pytest.raises(OSError, match="Refusing"):
            run.note("start")
    assert outside.read_text() == "{}"


def test_a_lock_or_a_folder_of_a_run_that_is_a_link_is_refused(tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    run = Run(tmp_path)
    for name in (".lock", "tensorboard", "figures"):
        (tmp_path / name).symlink_to(outside / "new" if name == ".lock" else outside)
        with pytest.raises(OSError, match=f"Refusing .*{name}': it is a link"), run.locked():
            pass
        (tmp_path / name).unlink()
    assert not list(outside.iterdir())


def test_a_swapped_file_is_told_from_a_damaged_one_and_not_loaded(run):
    run.save(network(7.0), "best")
    best, last = run.best.read_bytes(), run.last.read_bytes()
    run.best.write_bytes(last)
    run.last.write_bytes(best)
    with pytest.warns(UserWarning, match=r"last\.keras in .* holds the model of best\.keras.*: last-1\.keras is used"):
        assert value_of(run.load("last")) == 2.0
    with pytest.raises(OSError, match=r"^best\.keras in .* holds the model of last\.keras, by its SHA-256") as caught:
        run.load("best")
    assert "damaged" not in str(caught.value)
    run.save(network(4.0), "last")
    assert value_of(keras.saving.load_model(run.path / "last-1.keras")) == 2.0  # not the best one


def test_a_best_one_is_not_loaded_where_no_last_one_is_left(run):
    run.save(network(7.0), "best")
    for file in run.checkpoints.earlier():
        file.unlink()
    run.last.write_bytes(run.best.read_bytes())
    with pytest.raises(OSError, match=r"^last\.keras in .* holds the model of best\.keras, by its SHA-256"):
        run.load("last")


def test_an_earlier_last_one_may_be_put_back_by_hand(run):
    run.last.write_bytes((run.path / "last-1.keras").read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, moment = run.checkpoints.load("last")
    assert (value_of(model), moment.batches) == (2.0, 2)


def failing(self, path, **_):
    raise OSError(errno.ENOSPC, "No space left on device")


def told_of_a_failed_save(run, monkeypatch):
    monkeypatch.setattr(keras.Model, "save", failing)
    with pytest.raises(OSError) as caught:
        run.save(network(), "last")
    return str(caught.value)


def test_a_failed_write_says_which_models_are_whole(run, monkeypatch):
    assert told_of_a_failed_save(run, monkeypatch).endswith(
        "What was saved before is whole: last.keras, last-1.keras, last-2.keras."
    )


def test_a_failed_write_does_not_call_a_damaged_model_whole(run, monkeypatch):
    run.last.write_bytes(truncated(run.last.read_bytes()))
    told = told_of_a_failed_save(run, monkeypatch)
    assert told.endswith("Of what was saved before, known to be whole: last-1.keras, last-2.keras.")


def test_a_failed_write_in_a_removed_directory_promises_nothing(run):
    shutil.rmtree(run.path)
    with pytest.raises(OSError, match=r"No model that was saved before is there\.$"):
        run.save(network(), "last")


@pytest.mark.parametrize("content", ["[]", '{"last": 3}', '{"last": [{"iteration": 3}]}', "{"])
def test_a_damaged_record_is_told_in_one_sentence(content, run):
    run.checkpoints.record.write_text(content)
    with pytest.raises(OSError, match=r"^Cannot read '.*checkpoints\.json': .*Remove this record .* unchecked\.$"):
        run.load("last")
