"""Pages of the site that are made at its build: the API reference, and files that lie outside of docs/.

MkDocs calls the functions `on_...`. Everything is read as text: neither Keras nor the package is imported. A link to a
file of the repository that is no page of the site becomes its text; one to a file that does not exist stays, and fails
the build.
"""

from __future__ import annotations

import ast
import functools
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = "keras_resnets"
OUTSIDE = {  # file of the repository to page of the site
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "architecture.md",
    "RELEASING.md": "releasing.md",
    "SECURITY.md": "security.md",
    "saved_models/README.md": "saved_models.md",
}
FIRST_TITLE = {"CONTRIBUTING.md": "Architecture"}  # pages whose first heading is only that of their first part
WIDE = ("zoo.md",)  # pages without a table of contents beside them
MODULES = {  # public module to the title of its page
    "training": "Training",
    "recipes": "Recipes",
    "evaluation": "Evaluation",
    "data": "Data",
    "weights": "Weights",
    "complexity": "Complexity",
    "export": "Export",
    "analysis": "Analysis",
    "tuning": "Tuning",
}
HOMES = {"recipes": "training.recipes"}  # public module to where it lies
WITHOUT_LIST = {
    "complexity": ("complexity", "Complexity", "LayerComplexity", "bottleneck_parameters", "equal_cost_width")
}
RETURNED = {"training": (f"{PACKAGE}.runs.Run", f"{PACKAGE}.training.plan.Plan")}  # classes of results
PAPERS = {  # module of `networks` to the title of its page
    "resnet": "ResNet",
    "preact_resnet": "Pre-activation ResNet",
    "wide_resnet": "Wide ResNet",
    "resnext": "ResNeXt",
    "densenet": "DenseNet",
    "googlenet": "GoogLeNet",
    "bn_inception": "BN-Inception",
    "inception_v3": "Inception-v2 and v3",
    "inception_resnet": "Inception-ResNet",
    "vgg": "VGG",
    "alexnet": "AlexNet",
    "zfnet": "ZFNet",
    "prelu_net": "PReLU-net",
    "highway": "Highway network",
    "maxout": "Maxout network",
    "fitnet": "FitNet",
    "nin": "Network in network",
}

REFERENCE = "reference"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)


def on_config(config: Any) -> Any:
    """Put the pages of the reference into the navigation."""
    config.nav = [
        {title: navigation() if pages == f"{REFERENCE}/" else pages}
        for entry in config.nav
        for title, pages in entry.items()
    ]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made here, and the pictures that pages show from outside of docs/."""
    from mkdocs.structure.files import File

    made = {uri: outside_page(path) for path, uri in OUTSIDE.items()} | reference_pages()
    for uri, text in made.items():
        files.append(File.generated(config, uri, content=text))
    for path in sorted(outside_pictures()):
        files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Turn links to files of the repository into links to pages of the site, and give a wide table its room."""
    if page.file.src_uri in WIDE:
        page.meta["hide"] = ["toc"]
    return relinked(markdown, source_of(page.file.src_uri), page.file.src_uri)


def source_of(uri: str) -> str:
    """Return the file of the repository from which a page is made."""
    return {page: path for path, page in OUTSIDE.items()}.get(uri, f"docs/{uri}")


def outside_page(path: str) -> str:
    """Return the text of a file outside of docs/, with one title."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path in FIRST_TITLE:
        text = f"# {FIRST_TITLE[path]}\n\n" + re.sub(r"^# ", "## ", text, flags=re.MULTILINE)
    return text


def outside_pictures() -> set[str]:
    """Return the pictures outside of docs/ that pages show."""
    sources = [*OUTSIDE, *(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))]
    found = set()
    for source in sources:
        for shown, _, target in LINK.findall((ROOT / source).read_text(encoding="utf-8")):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
            if shown and not path.startswith("docs/") and (ROOT / path).is_file():
                found.add(path)
    return found


def relinked(text: str, source: str, page: str) -> str:
    """Return a page's text with the links of its source, a file of the repository, as those of the site."""
    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(lambda link: _link(link, source, page), text[end : fence.start()]), fence.group()]
        end = fence.end()
    return "".join([*parts, LINK.sub(lambda link: _link(link, source, page), text[end:])])


def _link(link: re.Match[str], source: str, page: str) -> str:
    shown, label, target = link.groups()
    address, hash_mark, anchor = target.partition("#")
    if not address or ":" in address:
        return link.group()
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), address))
    if not (ROOT / path).exists():
        return link.group()
    if path.startswith("docs/"):
        uri = path.removeprefix("docs/")
    elif path in OUTSIDE or shown:
        uri = OUTSIDE.get(path, path)
    else:
        return label
    return f"{shown}[{label}]({posixpath.relpath(uri, posixpath.dirname(page) or '.')}{hash_mark}{anchor})"


def file_of(module: str) -> Path:
    """Return the source file of a module of the package."""
    folder = ROOT.joinpath(PACKAGE, *module.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


@functools.cache
def public(module: str = "") -> Mapping[str, str]:
    """Return the public names of the package, or of a public module of it, and where each is defined.

    They are those of `__all__`; where that is computed, those that are imported for type checkers.
    """
    home = f"{PACKAGE}.{HOMES.get(module, module)}".rstrip(".")
    if module in WITHOUT_LIST:
        return {name: f"{home}.{name}" for name in WITHOUT_LIST[module]}
    tree = ast.parse(file_of(home.removeprefix(PACKAGE).lstrip(".")).read_text(encoding="utf-8"))
    listed = next((_strings(node.value) for node in tree.body if _assigns_all(node)), None)
    blocks = [node for node in tree.body if isinstance(node, ast.If)] if listed is None else [tree]
    found = {name: path for block in blocks for name, path in _imports(block)}
    return found if listed is None else {name: found.get(name, f"{home}.{name}") for name in listed}


def _assigns_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _strings(node: ast.expr) -> list[str] | None:
    try:
        return list(ast.literal_eval(node))
    except ValueError:
        return None


def _imports(block: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(block):
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            if alias.name != "*":
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
            else:
                yield from public(str(node.module).removeprefix(f"{PACKAGE}.")).items()


@functools.cache
def papers() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the builders that each module of `networks` defines."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(PAPERS, ())
    for name, path in public("networks").items():
        module = path.split(".")[-2]
        if path.startswith(f"{PACKAGE}.networks.") and module != "registry":
            found[module] = (*found.get(module, ()), name)
    return found


def paper(module: str) -> str:
    """Return the first sentence of the docstring of a module of `networks`: title and source."""
    tree = ast.parse(file_of(f"networks.{module}").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def navigation() -> list[Any]:
    """Return the navigation of the reference."""
    networks = [{title: f"{REFERENCE}/networks/{module}.md"} for module, title in PAPERS.items()]
    modules = [{title: f"{REFERENCE}/{module}.md"} for module, title in MODULES.items()]
    return [f"{REFERENCE}/index.md", {"Build": f"{REFERENCE}/build.md"}, *modules, {"Networks": networks}]


def entries() -> dict[str, dict[str, str]]:
    """Return the entries of each page of the reference: name, as users write it, to where it is defined."""
    left = {name: path for name, path in public().items() if name not in MODULES}
    pages: dict[str, dict[str, str]] = {"build": {}}
    for module, names in papers().items():
        pages[f"networks/{module}"] = {f"kr.{name}": f"{PACKAGE}.networks.{name}" for name in names}
        left = {name: path for name, path in left.items() if name not in names}
    for module in MODULES:
        names = {name: path for name, path in public(module).items() if name not in MODULES or name == module}
        at_the_top = names.keys() & {*left, module}
        pages[module] = {
            f"kr.{name}" if name in at_the_top else f"kr.{module}.{name}": names[name]
            for name in sorted(names, key=lambda name: name not in at_the_top)
        } | {path: path for path in RETURNED.get(module, ())}
        left = {name: path for name, path in left.items() if name not in names}
    pages["build"] = {f"kr.{name}": path for name, path in left.items()}
    return pages


def reference_pages() -> dict[str, str]:
    """Return the Markdown of each page of the reference."""
    titles = {"build": "Build", **MODULES} | {f"networks/{module}": title for module, title in PAPERS.items()}
    pages = {f"{REFERENCE}/index.md": overview(titles)}
    for page, names in entries().items():
        notes = paper(page.removeprefix("networks/")) if page.startswith("networks/") else ""
        parts = [f"# {titles[page]}", notes, *(entry(name, path) for name, path in names.items())]
        pages[f"{REFERENCE}/{page}.md"] = "\n\n".join(filter(None, parts)) + "\n"
    return pages


def entry(name: str, path: str) -> str:
    """Return the entry of one name."""
    return f'::: {path}\n    options:\n      heading: "{name}"\n      toc_label: "{name.rpartition(".")[2]}"'


def overview(titles: Mapping[str, str]) -> str:
    """Return the first page of the reference: a table of all names."""
    lines = ["# API reference", "Names as they are written after `import keras_resnets as kr`."]
    for page, names in entries().items():
        links = ", ".join(f"[`{name}`][{path}]" for name, path in names.items())
        lines.append(f"**[{titles[page]}]({page}.md)**: {links}")
    return "\n\n".join(lines) + "\n"
