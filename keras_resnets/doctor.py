"""Checks of an installation for what is known to be broken or slow, with advice: `keras-resnets doctor`."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from keras_resnets._errors import unknown
from keras_resnets.environment import machine, processor_flags, versions
from keras_resnets.training import devices

OK, NOTE, SLOW, BROKEN = "ok", "note", "slow", "broken"
# TensorFlow turns oneDNN on by itself where a processor has one of these.
ONEDNN_FEATURES = frozenset({"avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"})
DISK_SPACE = 2e9  # bytes: ten checkpoints of a ResNet-50 with its momentum


@dataclass(frozen=True)
class Facts:
    """State of an installation and machine, as the checks read it.

    Attributes:
        versions: Versions of Python and the installed packages, and Keras's backend, by name.
        requirements: Names of the packages that this one requires.
        accelerators: Devices of the backend other than the CPU.
        nvidia: Whether the system has an NVIDIA GPU, whether or not the backend sees it.
        processor: Name of the processor.
        features: Instruction sets of the processor, such as "avx512_bf16".
        strategy: Strategy that "auto" chooses here, or the error why it chooses none.
        precision: Precision to check: "float32", "bfloat16" or "float16".
        environment: Environment variables of the process.
        free_bytes: Free disk space in the working directory.
    """

    versions: Mapping[str, str]
    requirements: frozenset[str] = frozenset()
    accelerators: tuple[str, ...] = ()
    nvidia: bool = False
    processor: str = ""
    features: frozenset[str] = frozenset()
    strategy: str = "single"
    precision: str = "float32"
    environment: Mapping[str, str] = field(default_factory=dict)
    free_bytes: float = 1e12

    @property
    def backend(self) -> str:
        """Keras's backend: "tensorflow" or "jax"."""
        return self.versions["backend"]

    @property
    def on_cpu(self) -> bool:
        """Whether the backend has no accelerator."""
        return not self.accelerators


@dataclass(frozen=True)
class Finding:
    """Result of one check.

    Attributes:
        subject: What was checked, such as "devices".
        state: "ok", "note", "slow" or "broken".
        text: Result of the check.
        advice: What to do; empty if the state is "ok".
    """

    subject: str
    state: str
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """Results of all checks; `str()` gives a table."""

    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        """Whether something does not work."""
        return any(finding.state == BROKEN for finding in self.findings)

    def __str__(self) -> str:
        width = max(len(finding.subject) for finding in self.findings) + 2
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.subject:<{width}}{finding.state:<8}{finding.text}")
            if finding.advice:
                lines.append(f"{'':<{width + 8}}-> {finding.advice}")
        return "\n".join(lines)


def diagnose(precision: str = "float32") -> Diagnosis:
    """Check versions, devices and settings, without training or compiling anything.

    Args:
        precision: Precision of a training to be checked: "float32", "bfloat16" or "float16".

    Raises:
        ValueError: If the precision is unknown.
    """
    if precision not in devices.PRECISIONS:
        raise ValueError(unknown("precision", precision, devices.PRECISIONS))
    facts = gather(precision)
    return Diagnosis(tuple(finding for check in CHECKS if (finding := check(facts))))


def gather(precision: str = "float32") -> Facts:
    """Collect the facts of this process and machine."""
    found, about = versions(), machine()
    for distribution in metadata.distributions():
        found.setdefault(_canonical(distribution.name), distribution.version)
    try:
        strategy = devices.on_jax("auto").kind if found["backend"] == "jax" else devices.found_by_tensorflow()
    except (ValueError, ImportError) as error:
        strategy = str(error)
    return Facts(
        versions={_canonical(name): version for name, version in found.items()},
        requirements=frozenset(_required()),
        accelerators=tuple(about["accelerators"]),
        nvidia=Path("/dev/nvidia0").exists() or Path("/proc/driver/nvidia/version").exists(),
        processor=about["processor"],
        features=processor_flags(),
        strategy=strategy,
        precision=precision,
        environment=dict(os.environ),
        free_bytes=shutil.disk_usage(Path.cwd()).free,
    )


def python(facts: Facts) -> Finding:
    """List the versions that results depend on."""
    names = ("python", "keras-resnets", "keras", "tensorflow", "jax", "numpy")
    return Finding("versions", OK, ", ".join(f"{n} {facts.versions[n]}" for n in names if n in facts.versions))


def keras(facts: Facts) -> Finding | None:
    """Check that Keras is recent enough; TensorFlow itself also accepts Keras 3.10, which lacks features used here."""
    if _release(facts.versions["keras"]) >= (3, 12):
        return None
    return Finding(
        "keras",
        BROKEN,
        f"Keras {facts.versions['keras']} is older than 3.12; TensorFlow accepts it, this package does not",
        "pip install 'keras>=3.12,<4'",
    )


def packages(facts: Facts) -> Finding:
    """Check that the required packages are installed, with those that other packages need without declaring them."""
    undeclared = {
        "importlib-resources": "tensorflow-datasets imports it and does not declare it",
        "tensorboard": "tf.summary, which writes a run's events, imports it and TensorFlow does not declare it",
        "scipy": "tensorflow-datasets reads SVHN with it and does not declare it",
    }
    missing = sorted((facts.requirements | set(undeclared)) - set(facts.versions))
    if not missing:
        return Finding("packages", OK, "all required packages are installed")
    because = "; ".join(f"{name}: {undeclared[name]}" for name in missing if name in undeclared)
    text = f"missing: {', '.join(missing)}{f' ({because})' if because else ''}"
    return Finding("packages", BROKEN, text, f"pip install {' '.join(missing)}")


def extras(facts: Facts) -> Finding | None:
    """List optional packages that are missing."""
    uses = {"scikit-learn": "the data set digits [digits]", "huggingface-hub": "weights of the hubs [hub]"}
    missing = {name: use for name, use in uses.items() if name not in facts.versions}
    if not missing:
        return None
    text = ", ".join(f"{name}, for {use}" for name, use in missing.items())
    return Finding("extras", NOTE, f"not installed: {text}", f"pip install {' '.join(missing)}, if you need them")


def backend(facts: Facts) -> Finding:
    """Check Keras's backend."""
    if facts.backend not in ("tensorflow", "jax"):
        return Finding(
            "backend",
            BROKEN,
            f"{facts.backend} is not tested with this package",
            "set KERAS_BACKEND=tensorflow or KERAS_BACKEND=jax",
        )
    if facts.backend == "jax" and facts.on_cpu:
        return Finding(
            "backend",
            SLOW,
            "jax on a CPU: XLA compiles everything, dropped branches of stochastic depth are computed all the same, "
            "and recomputation saves no memory",
            "KERAS_BACKEND=tensorflow computes the same, faster",
        )
    return Finding("backend", OK, facts.backend)


def accelerators(facts: Facts) -> Finding:
    """List the devices, and check for a GPU that the backend does not see."""
    if facts.accelerators:
        return Finding("devices", OK, ", ".join(facts.accelerators))
    if facts.nvidia:
        package = "jax[cuda12]" if facts.backend == "jax" else "tensorflow[and-cuda]"
        return Finding(
            "devices", SLOW, f"{facts.backend} does not see the NVIDIA GPU of this machine", f"pip install '{package}'"
        )
    return Finding("devices", OK, f"CPU: {facts.processor}")


def grouped(facts: Facts) -> Finding | None:
    """Warn of the grouped convolutions of Keras itself."""
    if facts.backend != "tensorflow" or not facts.on_cpu:
        return None
    return Finding(
        "grouped convolutions",
        NOTE,
        "keras.layers.Conv2D(groups=...) goes through XLA on TensorFlow's CPU and trains some 400 times slower",
        "use kr.GroupedConv2D, as the networks here do; it has the same arguments and weights",
    )


def onednn(facts: Facts) -> Finding | None:
    """Check TensorFlow's kernels for the CPU."""
    if facts.backend != "tensorflow" or not facts.on_cpu:
        return None
    asked = facts.environment.get("TF_ENABLE_ONEDNN_OPTS")
    slower = "convolutions run several times slower, and grouped ones have no gradient of their own"
    if asked is not None and asked.lower() in ("0", "false"):
        return Finding("oneDNN", SLOW, f"off (TF_ENABLE_ONEDNN_OPTS={asked}): {slower}", "set TF_ENABLE_ONEDNN_OPTS=1")
    if asked is None and not facts.features & ONEDNN_FEATURES:
        return Finding(
            "oneDNN",
            SLOW,
            f"off, TensorFlow's default on a processor without AVX-512: {slower}",
            "set TF_ENABLE_ONEDNN_OPTS=1, as the command keras-resnets does",
        )
    return Finding("oneDNN", OK, "on")


def xla(facts: Facts) -> Finding | None:
    """Check for XLA on a CPU, where its convolutions are slower."""
    if facts.backend != "tensorflow" or not facts.on_cpu:
        return None
    flags = facts.environment.get("TF_XLA_FLAGS", "")
    if re.search(r"tf_xla_auto_jit=(1|2|fusible)|tf_xla_cpu_global_jit", flags):
        return Finding(
            "XLA", SLOW, f"TF_XLA_FLAGS={flags}: XLA's convolutions are slower on a CPU", "unset TF_XLA_FLAGS"
        )
    return Finding(
        "XLA",
        NOTE,
        "train() does not use it on a CPU, where it is slower; compile() of Keras does for some models",
        "in your own programs: model.compile(..., jit_compile=False)",
    )


def precision(facts: Facts) -> Finding:
    """Check that the devices compute fast in this precision."""
    if facts.precision == "float16" and facts.on_cpu:
        return Finding(
            "precision",
            SLOW,
            "float16 has no fast convolutions on a CPU (on an AMD EPYC: 13 times slower)",
            "--precision float32, or bfloat16",
        )
    native = {"avx512_bf16", "amx_bf16", "bf16"} & facts.features
    if facts.precision == "bfloat16" and facts.on_cpu and not native:
        return Finding(
            "precision",
            SLOW,
            "this processor has no instructions for bfloat16 and emulates it",
            "--precision float32",
        )
    return Finding("precision", OK, facts.precision)


def strategy(facts: Facts) -> Finding:
    """Check the devices that a batch is split over, and the cluster that the environment describes."""
    cluster = [name for name in ("TF_CONFIG", "SLURM_NTASKS") if name in facts.environment]
    if facts.strategy not in devices.STRATEGIES:
        return Finding(
            "strategy", BROKEN, facts.strategy, f"correct {' or '.join(cluster) or 'the environment'}, or unset it"
        )
    if facts.backend == "jax" and "TF_CONFIG" in cluster:
        return Finding(
            "strategy", NOTE, "TF_CONFIG describes a cluster, which jax does not join", "KERAS_BACKEND=tensorflow"
        )
    if facts.strategy == "multi_worker":
        return Finding(
            "strategy",
            NOTE,
            "multi_worker: fit() of Keras fails there, train() repairs it",
            "in your own programs: keras_resnets.training.multi_worker.repair()",
        )
    return Finding("strategy", OK, f"auto means {facts.strategy} here")


def threads(facts: Facts) -> Finding | None:
    """Check for settings that leave cores unused."""
    given = {name: facts.environment.get(name, "") for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")}
    single = [name for name, value in given.items() if value == "1"]
    if not single or not facts.on_cpu:
        return None
    text = ", ".join(f"{name}=1" for name in single)
    return Finding("threads", SLOW, f"{text}: convolutions run on one core", f"unset {' '.join(single)}")


def disk(facts: Facts) -> Finding | None:
    """Check the disk space for checkpoints."""
    if facts.free_bytes >= DISK_SPACE:
        return None
    return Finding(
        "disk",
        NOTE,
        f"{facts.free_bytes / 1e9:.1f} GB are free in the working directory",
        "free some: a full disk stops a training, whose last checkpoint stays",
    )


CHECKS: tuple[Callable[[Facts], Finding | None], ...] = (
    python,
    keras,
    packages,
    extras,
    backend,
    accelerators,
    precision,
    strategy,
    onednn,
    xla,
    grouped,
    threads,
    disk,
)


def _required() -> set[str]:
    """Return the names of the packages that this one requires."""
    try:
        needed = metadata.requires("keras_resnets") or []
    except metadata.PackageNotFoundError:  # runs from its sources
        needed = []
    names = (re.match(r"[\w.-]+", line) for line in needed if "extra ==" not in line)
    return {_canonical(name[0]) for name in names if name}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
