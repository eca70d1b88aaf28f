"""Files that are whole or absent."""

import csv
import hashlib

import pytest

from keras_resnets import _files


def test_rows_become_a_csv_file_with_all_names(tmp_path):
    path = tmp_path / "rows.csv"
    _files.write_csv(path, [{"network": "a", "error": 1 / 3}, {"network": "b", "seconds": 2, "error": None}])
    assert path.read_text() == "network,error,seconds\na,0.3333333333,\nb,,2\n"
    with path.open(newline="") as file:
        assert [row["network"] for row in csv.DictReader(file)] == ["a", "b"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "rows.csv"
    _files.write_csv(path, [{"a": 1}])
    with pytest.raises(RuntimeError), _files.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "a\n1\n" and [file.name for file in tmp_path.iterdir()] == ["rows.csv"]


def test_the_hash_is_that_of_the_content(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert _files.sha256(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_a_folder_is_whole_or_absent(tmp_path):
    temporary, made = tmp_path / ".folder.partial", tmp_path / "folder"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    temporary.symlink_to(outside)
    with _files.filling(temporary) as folder:
        (folder / "file").write_text("whole")
        folder.rename(made)
    assert (made / "file").read_text() == "whole" and (outside / "file").exists()
    with pytest.raises(RuntimeError), _files.filling(temporary) as folder:
        (folder / "file").touch()
        raise RuntimeError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "outside"]
