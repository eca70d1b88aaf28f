"""Files about the repository: what they say of the package is true."""

import re
from pathlib import Path

import pytest
import yaml

import keras_resnets as kr

ROOT = Path(__file__).parents[1]


def test_the_citation_names_the_version_and_the_license():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == kr.__version__
    assert {"cff-version", "message", "title", "authors", "license"} <= citation.keys()
    assert f'license="{citation["license"]}"' in (ROOT / "setup.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name
)
def test_issue_templates_are_forms(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.stem != "config":
        assert form["name"] and form["description"]
        assert all(field["attributes"]["label"] for field in form["body"])


@pytest.mark.parametrize("page", ["RELEASING.md", "SECURITY.md", "CONTRIBUTING.md", ".github/pull_request_template.md"])
def test_commands_and_files_that_the_pages_name_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for target in re.findall(r"`make (?:PYTHON=\S+ )?([a-z-]+)", text):
        assert target in targets, target
    for path in re.findall(r"(?:^|[ (`])((?:tests|docs|examples|benchmarks)/[\w/.-]*\w)", text):
        assert (ROOT / path).exists(), path
