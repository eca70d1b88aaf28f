"""A search from its beginning to its report; its trainings are real in one test and short stand-ins in the others."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.cli import main
from keras_resnets.runs import Run
from keras_resnets.tuning import trials

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras_tuner")

SMALL = {"depths": (1, 1, 1), "filters": 8, "base_width": 4, "batch_size": 16, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    split = kr.data.Split(rng.integers(0, 255, (32, 8, 8, 1)).astype("uint8"), np.arange(32) % 2)
    return kr.data.ImageSet("noise", ("even", "odd"), split, split, kr.data.Augmentation(1, flip=False))


def search(images, path, **options):
    given = {"fixed": SMALL, "cardinalities": (1, 4, 8), "seeds": 2, "epochs": 1, **options}
    return kr.tuning.search("resnext29_8x64d", images, directory=path, **given)


@pytest.fixture
def trained(monkeypatch):
    """Stands in for `train`: its error is 10 % and the seed, times the cardinality; `fails` says what else happens."""
    calls = []

    def train(network, images, *, run_dir, existing, recipe, seed, epochs, **options):
        run = Run(run_dir)
        cardinality = recipe.network_options["cardinality"]
        calls.append((cardinality, seed, epochs))
        run.begin({"network": network}, np.zeros((8, 8, 1)))
        train.fails(cardinality, seed)
        error = (10.0 + seed) * cardinality
        row = {"iteration": 2.0, "test_error": error, "train_error": error, "test_loss": error / 10, "seconds": 1.0}
        run.write_metrics([row])
        run.save(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), "last")
        run.write_result({"test_error": error, "best_test_error": error, "seconds": 1.0})
        return run

    train.calls, train.fails = calls, lambda cardinality, seed: None
    monkeypatch.setattr(trials, "train", train)
    return train


@pytest.mark.parametrize("cardinalities", [(2,), pytest.param((8, 2), marks=pytest.mark.slow)])
def test_a_search_ends_with_a_table_a_figure_and_the_best_network(cardinalities, images, tmp_path):
    report = search(images, tmp_path, cardinalities=cardinalities, seeds=1)
    assert {outcome.status for outcome in report.outcomes} == {"ended"}
    assert report.table().splitlines()[1].split()[:3] == ["setting", "parameters", "multiply-accumulates"]
    assert (tmp_path / "errors.png").read_bytes()[:4] == b"\x89PNG"
    with (tmp_path / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["cardinality"], row["status"]) for row in rows] == [(str(c), "ended") for c in sorted(cardinalities)]
    best = eval(report.builder_call(), {"kr": kr})
    assert best.count_params() > report.best.setting.parameters  # it has moving statistics too
    run = Run(report.best.folder / "seed0")
    pixels = np.zeros((1, 8, 8, 1), "float32")
    np.testing.assert_allclose(
        best.predict_on_batch(pixels), keras.ops.softmax(run.load("last").predict_on_batch(pixels)), atol=1e-6
    )


def test_seeds_are_averaged_and_their_spread_is_told(images, tmp_path, trained):
    report = search(images, tmp_path)
    assert trained.calls == [(c, seed, 1) for c in (1, 4, 8) for seed in (0, 1)]
    assert report.best.setting.cardinality == 1
    assert report.best.text("test_error") == "10.50 ± 0.71"
    assert [run.checkpoints.exists() for run in map(Run, sorted(report.best.folder.glob("seed*")))] == [True, False]
    assert report.outcomes[2].mean("test_accuracy") == pytest.approx(100 - 84)


def test_an_objective_has_its_direction(images, tmp_path, trained):
    assert search(images, tmp_path, objective="test_accuracy").best.setting.cardinality == 1


def test_failed_and_oversized_settings_are_counted_and_end_nothing(images, tmp_path, trained):
    def fails(cardinality, seed):
        if cardinality != 8:
            raise FloatingPointError("The loss was not finite")

    trained.fails = fails
    report = search(images, tmp_path, cardinalities=(1, 2, 4, 5, 400, 8))
    assert [o.status for o in report.outcomes] == ["failed"] * 4 + ["ended", "oversized"]
    assert 400 not in {cardinality for cardinality, _, _ in trained.calls}
    assert "1 ended, 4 failed, 1 oversized and not built" in report.table()
    assert "failed: 1x" in report.table() and "FloatingPointError: The loss was not finite" in report.table()


@pytest.mark.parametrize(
    "tuner", ["grid", "hyperband", *(pytest.param(tuner, marks=pytest.mark.slow) for tuner in ("random", "bayesian"))]
)
def test_a_stopped_search_goes_on_with_the_trial_that_was_stopped(tuner, images, tmp_path, trained):
    options = {"tuner": tuner, "epochs": 3, **({} if tuner == "hyperband" else {"max_trials": 3})}

    def fails(cardinality, seed):
        if len(trained.calls) == 4:
            raise KeyboardInterrupt

    trained.fails = fails
    with pytest.raises(KeyboardInterrupt):
        search(images, tmp_path, **options)
    done, stopped = trained.calls[:3], trained.calls[3]
    trained.fails = lambda cardinality, seed: None
    report = search(images, tmp_path, existing="resume", **options)
    assert trained.calls[4] == stopped
    assert not set(done) & set(trained.calls[4:]) or tuner == "hyperband"
    assert all(outcome.status == "ended" for outcome in report.outcomes)
    assert len(report.outcomes) >= 3


def test_hyperband_gives_the_better_settings_more_epochs(images, tmp_path, trained):
    report = search(images, tmp_path, tuner="hyperband", epochs=3, seeds=1)
    assert {outcome.epochs for outcome in report.outcomes} == {1, 3}
    assert 1 in {outcome.setting.cardinality for outcome in report.outcomes if outcome.epochs == 3}


def test_a_full_disk_ends_the_search(images, tmp_path, trained):
    def fails(cardinality, seed):
        raise OSError(28, "No space left on device")

    trained.fails = fails
    with pytest.raises(OSError, match="No space left"):
        search(images, tmp_path)


def test_a_search_is_refused_resumed_and_overwritten_like_a_run(images, tmp_path, trained):
    search(images, tmp_path, cardinalities=(8,))
    with pytest.raises(FileExistsError, match="holds a search already: resume it, overwrite it"):
        search(images, tmp_path, cardinalities=(8,))
    with pytest.raises(
        ValueError, match=r"Cannot resume the search in .*, which has other settings: seeds 2 there, 3 now"
    ):
        search(images, tmp_path, cardinalities=(8,), seeds=3, existing="resume")
    count = len(trained.calls)
    search(images, tmp_path, cardinalities=(8,), existing="resume")
    assert len(trained.calls) == count
    search(images, tmp_path, cardinalities=(4,), existing="overwrite")
    assert trained.calls[count:] == [(4, 0, 1), (4, 1, 1)]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(FileExistsError, match="is not empty and holds no search: choose another directory"):
        search(images, tmp_path / "other")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"tuner": "gird"}, "Unknown tuner 'gird': .*did you mean 'grid'"),
        ({"space": "fre"}, "Unknown space 'fre': .*did you mean 'free'"),
        ({"objective": "error"}, "Unknown objective 'error': choose one of 'test_error'"),
        ({"seeds": 0}, "seeds must be a positive integer, not 0"),
        ({"tuner": "hyperband", "epochs": None}, "Hyperband needs epochs"),
        ({"workers": 2}, "Several workers read the data themselves: dataset must be a name or a path"),
        ({"recipe": "resnext_imagenet"}, "resnext_imagenet' augments its images by area"),
        ({"fixed": {"filter": 8}}, "key of its recipe 'filter': .*did you mean 'filters'"),
        ({"fixed": {"batch_size": 999}}, "A batch is 1 to 32 images"),
        ({"budget": "0.001x"}, "or less: the nearest is 1x1d"),
        ({"cardinalities": (8, -1)}, "cardinality must be a positive integer, not -1"),
    ],
)
def test_wrong_settings_leave_nothing_behind(options, words, images, tmp_path):
    with pytest.raises(ValueError, match=words):
        search(images, tmp_path / "search", **options)
    assert not (tmp_path / "search").exists()


@pytest.mark.slow
def test_without_keras_tuner_one_sentence_says_what_to_install(fresh_python):
    code = (
        "import sys; sys.modules['keras_tuner'] = None\n"
        "import keras_resnets as kr\n"
        "try: kr.tuning.search\n"
        "except ImportError as error: print(error)"
    )
    assert fresh_python(code).strip() == "kr.tuning needs keras-tuner: pip install keras_resnets[tuner]."


def test_the_command_is_a_call_of_the_function(monkeypatch, capsys, tmp_path):
    def stopped(**given):
        assert given["space"] == "free" and given["choices"] == {"shortcut": ["B", "C"]}
        assert given["fixed"] == {"filters": 16} and given["directory"] == tmp_path
        raise KeyboardInterrupt

    monkeypatch.setattr(kr.tuning, "search", stopped)
    command = ["tune", "resnext29_8x64d", "--dataset", "digits", "--space", "free", "--dir", str(tmp_path)]
    assert main([*command, "--vary", "shortcut=[B, C]", "--set", "filters=16"]) == 130
    assert "the same command with --resume goes on where it stopped" in capsys.readouterr().err


COMMAND = [
    *(sys.executable, "-m", "keras_resnets.cli", "tune", "resnext29_8x64d", "--dataset", "digits", "--workers", "2"),
    *(
        "--set",
        "depths=[1, 1, 1]",
        "--set",
        "filters=8",
        "--set",
        "base_width=4",
        "--cardinalities",
        "1",
        "2",
        "4",
        "8",
    ),
    *("--seeds", "1", "--epochs", "6"),
]


@pytest.mark.slow
def test_two_workers_share_the_trials_and_go_on_after_a_signal(tmp_path):
    """A chief and two workers on loopback; SIGTERM stops them while both train, and the same command goes on."""
    command = [*COMMAND, "--dir", str(tmp_path / "search")]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 300
    while len(list(tmp_path.glob("search/trials/trial_*/seed0/last.keras"))) < 2 and first.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    first.send_signal(signal.SIGTERM)
    out, err = first.communicate(timeout=120)
    assert first.returncode == 75 and "--resume" in err, out + err

    second = subprocess.run([*command, "--resume"], env=environment, capture_output=True, text=True, timeout=500)
    assert second.returncode == 0, second.stderr
    assert "4 ended, 0 failed, 0 oversized" in second.stdout
    said = out + second.stdout
    assert "worker0: " in said and "worker1: " in said
    runs = list(tmp_path.glob("search/trials/trial_*/seed0"))
    assert len(runs) == 4
    starts = [
        [json.loads(line)["iteration"] for line in Run(run).log.read_text().splitlines() if '"event": "start"' in line]
        for run in runs
    ]
    assert any(len(begun) == 2 and begun[1] > 0 for begun in starts)  # in the middle of a training
    assert all(Run(run).read_result()["iterations"] == 66 for run in runs)


def test_a_measure_that_is_not_finite_makes_a_trial_fail(images, tmp_path, trained, monkeypatch):
    """As an earlier release could leave it behind: a test loss of NaN beside a low test error."""

    def spoiled(network, images, **options):
        run = trained(network, images, **options)
        if trained.calls[-1][0] == 1:
            run.write_metrics([{**run.read_metrics()[-1], "test_loss": float("nan")}])
        return run

    monkeypatch.setattr(trials, "train", spoiled)
    report = search(images, tmp_path, objective="test_loss", seeds=1)
    assert [outcome.status for outcome in report.outcomes] == ["failed", "ended", "ended"]
    assert report.best.setting.cardinality == 4
    assert "FloatingPointError: The test loss of 'seed0' is nan" in report.table()
