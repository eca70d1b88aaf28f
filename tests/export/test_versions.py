"""A version is there whole or not at all, and each has a number of its own."""

import os
import threading

import pytest

from keras_resnets.export.versions import publish, versions


def write(aside):
    (aside / "variables").mkdir()
    (aside / "variables" / "data").write_text("values")
    (aside / "saved_model.pb").write_text("graph")


def seen(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.name != ".lock")


def test_versions_are_counted_from_the_last(tmp_path):
    models = tmp_path / "models" / "net"
    assert publish(models, write, {"models.config": "one"}) == models / "1"
    assert seen(models) == ["1", "1/saved_model.pb", "1/variables", "1/variables/data", "models.config"]
    for name in ("7", "009", "8.old", "٩"):
        (models / name).mkdir()
    assert publish(models, write, {"models.config": "two"}).name == "10"
    assert versions(models) == [1, 7, 9, 10]
    assert (models / "models.config").read_text() == "one"  # it may have been changed by hand


def test_while_it_is_written_no_server_sees_it(tmp_path):
    def look(aside):
        write(aside)
        assert versions(tmp_path) == [] and not aside.name.isdecimal() and aside.parent == tmp_path

    publish(tmp_path, look, {})
    assert versions(tmp_path) == [1]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("differs")])
def test_what_fails_leaves_nothing(error, tmp_path):
    def fail(aside):
        write(aside)
        raise error

    with pytest.raises(type(error)):
        publish(tmp_path / "a" / "b", fail, {"models.config": "one"})
    assert list(tmp_path.iterdir()) == []
    publish(tmp_path / "a", write, {})
    before = seen(tmp_path)
    with pytest.raises(type(error)):
        publish(tmp_path / "a", fail, {"models.config": "one"})
    assert seen(tmp_path) == before


def test_a_file_beside_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OSError):
        publish(tmp_path / "net", write, {"models.config": "one", "no/folder": "two"})
    assert list(tmp_path.iterdir()) == []


def test_several_at_once_get_a_version_each(tmp_path):
    barrier, found = threading.Barrier(8), []

    def meet(aside):
        write(aside)
        barrier.wait()

    threads = [threading.Thread(target=lambda: found.append(publish(tmp_path, meet, {}).name)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list("12345678") and versions(tmp_path) == list(range(1, 9))


def test_a_directory_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Cannot write a version in '.*file/net': Not a directory\."):
        publish(tmp_path / "file" / "net", write, {})
    assert seen(tmp_path) == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_told_in_a_sentence(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"not writable|Permission denied"):
        publish(tmp_path, write, {})
