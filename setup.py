"""Package metadata; each dependency with the reason why it is one."""

import re
from pathlib import Path

from setuptools import find_packages, setup

REQUIRED = [
    "keras>=3.12,<4",  # the layers and models; 3.12 is the last for Python 3.10
    "tensorflow>=2.21,<3",  # the default backend, tf.data and tf.distribute
    "numpy>=1.26",  # images in memory, per-pixel means
    "tensorflow-datasets>=4.9.10",  # CIFAR, MNIST, SVHN and the preparation of their archives
    "importlib_resources>=6",  # tensorflow-datasets 4.9.10 imports it and does not declare it
    "scipy>=1.11",  # tensorflow-datasets reads SVHN's .mat files with it and does not declare it
    "tensorboard>=2.20",  # tf.summary, which writes a run's events, imports it; TensorFlow does not declare it
    "matplotlib>=3.8",  # the figure that ends each training run
    "pillow>=10",  # reads the image files that predict is given
    "pyyaml>=6",  # recipes in files
    "jinja2>=3.1",  # the HTML page of a run, with every name in it escaped
    "tqdm>=4.60",  # the progress bar of evaluation; tensorflow-datasets needs it too
    "filelock>=3.12",  # keeps two processes from writing one run directory, or one download
    "safetensors>=0.4",  # reads and writes .safetensors; half a megabyte, no dependencies
    "ml_dtypes>=0.4",  # bfloat16 for NumPy; Keras needs it too
]

EXTRAS = {
    "digits": ["scikit-learn>=1.4"],  # carries the data set of handwritten digits
    "hub": ["huggingface_hub>=0.30"],  # weights="timm/..." and "hf://..."
    "tuner": [
        "keras-tuner>=1.4.8",  # grid, random, Bayesian and Hyperband search, their chief and workers
        "scikit-learn>=1.4",  # its Bayesian search imports it and does not declare it
    ],
    "onnx": [
        "tf2onnx>=1.17",  # the converter; earlier ones do not run with NumPy 2
        "onnx>=1.17",  # the format and its checker
        "onnxruntime>=1.20",  # every file is run before it takes its place
    ],
    "litert": ["ai-edge-litert>=2.0"],  # runs .tflite files, which TensorFlow writes; its own interpreter is given up
    "test": [
        "pytest>=8",
        "pytest-timeout>=2.3",  # a hang fails as a test, not as the whole run
        "pytest-xdist>=3.5",  # the suite on two cores
        "scikit-learn>=1.4",
        "jax>=0.4.30",  # the second backend that the networks are tested on
        "tensorflow-serving-api>=2.21",  # reads what is written for servers
        "huggingface_hub>=0.30",
        "keras-tuner>=1.4.8",
        "tf2onnx>=1.17",
        "onnx>=1.17",
        "onnxruntime>=1.20",
        "ai-edge-litert>=2.0",
    ],
    "check": ["ruff>=0.15,<1", "mypy>=1.15,<3"],
    # The site of the documentation. Material gets critical and security fixes until May 5, 2027; MkDocs 1 is not
    # developed any more. Zensical, their successor by Material's authors, reads mkdocs.yml, but its release 0.1 runs no
    # hooks, which make the API reference here (docs/site/hooks.py): the site moves to it when it does. Until then these
    # serve: they run at build time alone, on files of this repository.
    "docs": [
        "mkdocs>=1.6,<2",
        "mkdocs-material>=9.7,<10",  # 9.8 needs Python 3.11
        "mkdocstrings[python]>=1,<2",  # reads signatures and docstrings without importing the package
        "ruff>=0.15,<1",  # breaks the signatures into lines
    ],
}


def version() -> str:
    """Return the version that the package states of itself, without importing it."""
    text = Path(__file__).with_name("keras_resnets").joinpath("__init__.py").read_text(encoding="utf-8")
    return re.findall(r'^__version__ = "(.+)"', text, re.MULTILINE)[0]


setup(
    name="keras_resnets",
    version=version(),
    description="The residual, dense and Inception networks of the papers for Keras 3: built, trained, evaluated",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["keras_resnets", "keras_resnets.*"]),
    package_data={
        "keras_resnets": [
            "py.typed",
            "analysis/pages/*.jinja",
            "data/cifar10_images.csv.xz",
            "networks/__init__.pyi",
            "weights/files/*.safetensors",
        ]
    },
    install_requires=REQUIRED,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["keras-resnets=keras_resnets.cli:main"]},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
