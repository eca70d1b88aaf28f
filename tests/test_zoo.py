"""The model zoo's page and CSV are those that `python docs/zoo.py` makes."""

import importlib.util
from pathlib import Path

import pytest

import keras_resnets as kr
from keras_resnets._files import write_csv
from tests.conftest import published_counts

ROOT = Path(__file__).parents[1]


def load_zoo():
    spec = importlib.util.spec_from_file_location("zoo", ROOT / "docs" / "zoo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


zoo = load_zoo()


@pytest.fixture(scope="module")
def counts():
    return zoo.recorded_counts()


@pytest.fixture(scope="module")
def rows(counts):
    return [zoo.row(name, counts[name]) for name in kr.list_models()]


def test_the_zoo_has_every_network(counts):
    assert list(counts) == kr.list_models(), "run `python docs/zoo.py`"


def test_the_page_and_the_csv_are_current(rows, tmp_path):
    write_csv(tmp_path / "zoo.csv", rows)
    assert zoo.TABLE.read_text() == (tmp_path / "zoo.csv").read_text(), "run `python docs/zoo.py`"
    assert zoo.PAGE.read_text() == zoo.page(rows), "run `python docs/zoo.py`"


def test_counts_are_those_that_others_have_published(counts):
    """The same networks, counted by other libraries or by the papers' arithmetic."""
    for row in published_counts():
        found = counts[row["name"]]
        assert found["parameters"] == int(row["trainable_parameters"]), row["name"]
        assert found["multiply_accumulates"] == int(row["multiply_accumulates"] or found["multiply_accumulates"])


@pytest.mark.parametrize("name", ["alexnet", "fitnet1", "plain20", "resnet20", "vgg16", "zfnet_b"])
def test_counts_of_quick_networks_are_current(name, counts):
    assert zoo.counted(name) == counts[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", kr.list_models())
def test_counts_are_current(name, counts):
    assert zoo.counted(name) == counts[name]


def test_a_row_has_what_the_records_say(rows):
    by_name = {row["name"]: row for row in rows}
    resnet20 = by_name["resnet20"]
    assert resnet20["cifar10_top1_error"] == 8.75 and "He et al. 2015" in resnet20["cifar10_source"]
    assert "8.80 CIFAR-10 (fast_cifar, 16,000 iterations)" in resnet20["our_errors"]
    assert resnet20["weights"].split("; ") == ["cifar10", "akamaster", "chenyaofo/cifar10", "chenyaofo/cifar100"]
    resnet50 = by_name["resnet50"]
    assert resnet50["weights"].split("; ") == ["torchvision", "torchvision/V1", "keras.applications"]
    assert resnet50["inference_images_per_second"] > resnet50["training_images_per_second"] > 0
    assert "keras.applications" in by_name["preact_resnet50"]["weights"]
    assert "keras.applications" not in by_name["resnet18"]["weights"]
    assert by_name["resnext50_8x14d"]["builder"] == "ResNeXt50(cardinality=8, base_width=14)"


def test_every_source_of_weights_loads_by_its_name(rows):
    """Names of the zoo are names that `weights` knows for the network."""
    from keras_resnets.weights.bundled import bundled_file
    from keras_resnets.weights.load import BUNDLED, PUBLISHED_BY, PUBLISHERS

    for row in rows:
        for source in filter(None, row["weights"].split("; ")):
            if source in BUNDLED:
                assert bundled_file(row["name"], source).is_file()
            elif source != "keras.applications":
                match = PUBLISHED_BY.fullmatch(source)
                assert PUBLISHERS[match["publisher"]].find(row["name"], match["tag"] or "")


@pytest.mark.parametrize(
    "number, text", [(None, ""), (25.557, "25.6"), (7.0, "7.00"), (0.0407, "0.0407"), (1744.06, "1,744")]
)
def test_numbers_have_three_digits(number, text):
    assert zoo.rounded(number) == text
