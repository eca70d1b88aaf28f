"""The documentation site: every public name has an entry, links lead to its pages, and it builds without a warning."""

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import keras_resnets as kr

ROOT = Path(__file__).parents[1]


def load_hooks():
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "site" / "hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hooks = load_hooks()
MODULES = [name for name in kr.__all__ if name in hooks.MODULES]


@pytest.fixture(scope="module")
def entries():
    """Where each name of the reference is defined, by the name as users write it."""
    return {name: path for page in hooks.entries().values() for name, path in page.items()}


def test_every_public_name_has_an_entry(entries):
    assert not [name for name in kr.__all__ if name not in hooks.MODULES and f"kr.{name}" not in entries]
    assert "kr.complexity" in entries


@pytest.mark.parametrize("module", hooks.MODULES)
def test_every_name_of_a_public_module_has_an_entry(module, entries):
    names = getattr(getattr(kr, module), "__all__", ())
    assert not [
        name for name in names if name not in hooks.MODULES and not {f"kr.{name}", f"kr.{module}.{name}"} & {*entries}
    ]


def test_the_public_modules_have_pages():
    from keras_resnets import _SUBPACKAGES

    assert {*_SUBPACKAGES, "recipes"} == {*hooks.MODULES}
    assert {*hooks.PAPERS} == {path.stem for path in (ROOT / "keras_resnets/networks").glob("*.py")} - {
        *("__init__", "abstract", "assemble", "auxiliary", "registry", "stubs")
    }


def test_entries_are_what_users_get(entries):
    """An entry's name and where it is defined lead to one object."""
    for name, path in entries.items():
        module, _, attribute = path.rpartition(".")
        found = getattr(importlib.import_module(module), attribute)
        if name.startswith("kr."):
            given = kr
            for part in name.split(".")[1:]:
                given = getattr(given, part)
            assert found is given or found is getattr(given, attribute, None), name  # kr.complexity is a module


@pytest.mark.parametrize(
    "source, page, link, expected",
    [
        ("README.md", "index.md", "[a](docs/weights.md)", "[a](weights.md)"),
        ("README.md", "index.md", "[a](CHANGELOG.md#x)", "[a](changelog.md#x)"),
        ("README.md", "index.md", "[a](setup.py)", "a"),
        ("README.md", "index.md", "[a](no_such_file.md)", "[a](no_such_file.md)"),
        ("docs/export.md", "export.md", "[its record](../saved_models/README.md)", "[its record](saved_models.md)"),
        ("docs/export.md", "export.md", "[a](#images) [b](https://x.org/y.md)", "[a](#images) [b](https://x.org/y.md)"),
        ("docs/data.md", "data.md", "![](pictures/paths.png)", "![](pictures/paths.png)"),
        (
            "docs/tuning.md",
            "tuning.md",
            "![a](../examples/results/tuning-digits/errors.png)",
            "![a](examples/results/tuning-digits/errors.png)",
        ),
        ("README.md", "index.md", "```\n[a](setup.py)\n```", "```\n[a](setup.py)\n```"),
        ("saved_models/README.md", "reference/x.md", "[a](../docs/export.md)", "[a](../export.md)"),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(source, page, link, expected):
    assert hooks.relinked(link, source, page) == expected


def test_a_page_of_several_titles_gets_one():
    lines = hooks.outside_page("CONTRIBUTING.md").splitlines()
    assert [line for line in lines if line.startswith("# ")] == ["# Architecture"]


@pytest.mark.slow
def test_the_site_builds_without_warnings_and_asks_nobody(tmp_path):
    if shutil.which("mkdocs", path=Path(sys.executable).parent) is None:
        pytest.skip("mkdocs is in the extra [docs]; `make docs` builds the site")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe|source)[^>]* src="?(http[^" >]+)', text)
        loaded += re.findall(r'<link[^>]* rel="?(?:stylesheet|preconnect|icon)[^>]* href="?(http[^" >]+)', text)
        assert not loaded, page
    reference = (tmp_path / "reference/networks/resnext/index.html").read_text(encoding="utf-8")
    assert 'id="keras_resnets.networks.ResNeXt50"' in reference and "cardinality" in reference
