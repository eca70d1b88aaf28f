"""What is known to be broken or slow about an installation, and what to do: `keras-resnets doctor`."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from keras_resnets._errors import unknown
from keras_resnets.training import devices
from keras_resnets.training.provenance import machine, versions

OK, NOTE, SLOW, BROKEN = "ok", "note", "slow", "broken"
ROOM = 2e9  # bytes: ten checkpoints of a ResNet-50 with its momentum


@dataclass(frozen=True)
class Facts:
    """All that the checks look at.

    Attributes:
        versions: of Python, Keras's backend and the installed packages, by name.
        requirements: names of the packages that this one needs.
        accelerators: what the backend computes on beside the CPU.
        nvidia: whether the system has an NVIDIA GPU, seen by the backend or not.
        processor: its name.
        features: flags of the processor, such as "avx512_bf16".
        strategy: what `strategy="auto"` stands for here, or the sentence that says why nothing.
        precision: of computations.
        environment: the variables of the process.
        room: free bytes in the working directory.
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
    room: float = 1e12

    @property
    def backend(self) -> str:
        """Keras's: "tensorflow" or "jax"."""
        return self.versions["backend"]

    @property
    def on_cpu(self) -> bool:
        """Whether there is no accelerator."""
        return not self.accelerators


@dataclass(frozen=True)
class Finding:
    """What one check has found.

    Attributes:
        what: was looked at.
        state: "ok", "note", "slow" or "broken".
        told: what was found.
        advice: what to do, unless all is well.
    """

    what: str
    state: str
    told: str
    advice: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """The findings; `str()` gives the table."""

    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        """Whether something will not work."""
        return any(finding.state == BROKEN for finding in self.findings)

    def __str__(self) -> str:
        width = max(len(finding.what) for finding in self.findings) + 2
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.what:<{width}}{finding.state:<8}{finding.told}")
            if finding.advice:
                lines.append(f"{'':<{width + 8}}-> {finding.advice}")
        return "\n".join(lines)


def diagnose(precision: str = "float32") -> Diagnosis:
    """Look at versions, devices and settings; nothing is trained or compiled.

    Args:
        precision: that a training would compute in: "float32", "bfloat16" or "float16".

    Raises:
        ValueError: for an unknown precision.
    """
    if precision not in devices.PRECISIONS:
        raise ValueError(unknown("precision", precision, devices.PRECISIONS))
    facts = gather(precision)
    return Diagnosis(tuple(finding for check in CHECKS if (finding := check(facts))))


def gather(precision: str = "float32") -> Facts:
    """The facts of this process and machine."""
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
        features=frozenset(_features()),
        strategy=strategy,
        precision=precision,
        environment=dict(os.environ),
        room=shutil.disk_usage(Path.cwd()).free,
    )


def python(facts: Facts) -> Finding:
    """The versions that all depends on."""
    names = ("python", "keras-resnets", "keras", "tensorflow", "jax", "numpy")
    told = ", ".join(f"{name} {facts.versions[name]}" for name in names if name in facts.versions)
    return Finding("versions", OK, told)


def keras(facts: Facts) -> Finding | None:
    """TensorFlow is content with Keras 3.10, which lacks what is used here."""
    if _release(facts.versions["keras"]) >= (3, 12):
        return None
    return Finding(
        "keras",
        BROKEN,
        f"{facts.versions['keras']} is older than 3.12; TensorFlow installs such a one where it finds it",
        "pip install 'keras>=3.12,<4'",
    )


def packages(facts: Facts) -> Finding:
    """Those that are needed; among them what others need and do not declare."""
    undeclared = {
        "importlib-resources": "tensorflow-datasets imports it and does not declare it",
        "tensorboard": "tf.summary, which writes a run's events, imports it and TensorFlow does not declare it",
        "scipy": "tensorflow-datasets reads SVHN with it and does not declare it",
    }
    missing = sorted((facts.requirements | set(undeclared)) - set(facts.versions))
    if not missing:
        return Finding("packages", OK, "all that are needed are installed")
    because = "; ".join(f"{name}: {undeclared[name]}" for name in missing if name in undeclared)
    told = f"missing: {', '.join(missing)}{f' ({because})' if because else ''}"
    return Finding("packages", BROKEN, told, f"pip install {' '.join(missing)}")


def extras(facts: Facts) -> Finding | None:
    """Packages that some commands need."""
    uses = {"scikit-learn": "the data set digits [digits]", "huggingface-hub": "weights of the hubs [hub]"}
    missing = {name: use for name, use in uses.items() if name not in facts.versions}
    if not missing:
        return None
    told = ", ".join(f"{name}, for {use}" for name, use in missing.items())
    return Finding("extras", NOTE, f"not installed: {told}", f"pip install {' '.join(missing)}, if you need them")


def backend(facts: Facts) -> Finding:
    """Keras's backend."""
    if facts.backend not in ("tensorflow", "jax"):
        return Finding(
            "backend",
            BROKEN,
            f"{facts.backend} is not tested here",
            "set KERAS_BACKEND=tensorflow or KERAS_BACKEND=jax",
        )
    if facts.backend == "jax" and facts.on_cpu:
        return Finding(
            "backend",
            SLOW,
            "jax on a CPU: XLA compiles all of it, dropped branches of stochastic depth are computed all the same, "
            "and recomputation saves no memory",
            "KERAS_BACKEND=tensorflow computes the same, faster",
        )
    return Finding("backend", OK, facts.backend)


def accelerators(facts: Facts) -> Finding:
    """The devices, and a GPU that the backend does not see."""
    if facts.accelerators:
        return Finding("devices", OK, ", ".join(facts.accelerators))
    if facts.nvidia:
        package = "jax[cuda12]" if facts.backend == "jax" else "tensorflow[and-cuda]"
        return Finding(
            "devices", SLOW, f"an NVIDIA GPU is here, and {facts.backend} does not see it", f"pip install '{package}'"
        )
    return Finding("devices", OK, f"CPU: {facts.processor}")


def grouped(facts: Facts) -> Finding | None:
    """Grouped convolutions of stock Keras."""
    if facts.backend != "tensorflow" or not facts.on_cpu:
        return None
    return Finding(
        "grouped convolutions",
        NOTE,
        "keras.layers.Conv2D(groups=...) goes through XLA on TensorFlow's CPU and trains some 400 times slower",
        "kr.GroupedConv2D takes its place, as in all networks here; it has the same arguments and weights",
    )


def onednn(facts: Facts) -> Finding | None:
    """TensorFlow's kernels for the CPU."""
    if facts.backend != "tensorflow" or not facts.on_cpu:
        return None
    if facts.environment.get("TF_ENABLE_ONEDNN_OPTS", "1").lower() in ("0", "false"):
        return Finding(
            "oneDNN",
            SLOW,
            "off (TF_ENABLE_ONEDNN_OPTS=0): the plain grouped convolution has no gradient, slower forms replace it",
            "unset TF_ENABLE_ONEDNN_OPTS",
        )
    return Finding("oneDNN", OK, "on, as TensorFlow's default is")


def xla(facts: Facts) -> Finding | None:
    """XLA where it is slower than what it replaces."""
    if facts.backend != "tensorflow" or not facts.on_cpu:
        return None
    flags = facts.environment.get("TF_XLA_FLAGS", "")
    if re.search(r"tf_xla_auto_jit=(1|2|fusible)|tf_xla_cpu_global_jit", flags):
        return Finding(
            "XLA", SLOW, f"TF_XLA_FLAGS={flags}: on a CPU, XLA's convolutions are slower", "unset TF_XLA_FLAGS"
        )
    return Finding(
        "XLA",
        NOTE,
        "train() leaves it out, being slower on a CPU; Keras's own compile() takes it for some models",
        "model.compile(..., jit_compile=False) in programs of your own",
    )


def precision(facts: Facts) -> Finding:
    """The precision of computations on these devices."""
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
            "this processor has no instructions for bfloat16, which is emulated",
            "--precision float32",
        )
    return Finding("precision", OK, facts.precision)


def strategy(facts: Facts) -> Finding:
    """The devices that a batch would be split over, and the cluster that the environment describes."""
    cluster = [name for name in ("TF_CONFIG", "SLURM_NTASKS") if name in facts.environment]
    if facts.strategy not in devices.STRATEGIES:
        return Finding(
            "strategy", BROKEN, facts.strategy, f"mend {' or '.join(cluster) or 'the environment'}, or unset it"
        )
    if facts.backend == "jax" and "TF_CONFIG" in cluster:
        return Finding(
            "strategy", NOTE, "TF_CONFIG describes a cluster, which jax does not join", "KERAS_BACKEND=tensorflow"
        )
    if facts.strategy == "multi_worker":
        return Finding(
            "strategy",
            NOTE,
            "multi_worker; Keras's own fit fails there, which train() mends",
            "keras_resnets.training.multi_worker.repair() mends it in programs of your own",
        )
    return Finding("strategy", OK, f"auto means {facts.strategy} here")


def threads(facts: Facts) -> Finding | None:
    """Fewer threads than cores."""
    given = {name: facts.environment.get(name, "") for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")}
    told = ", ".join(f"{name}={value}" for name, value in given.items() if value == "1")
    if not told or not facts.on_cpu:
        return None
    return Finding("threads", SLOW, f"{told}: convolutions run on one core", f"unset {told.split('=')[0]}")


def disk(facts: Facts) -> Finding | None:
    """Room for checkpoints."""
    if facts.room >= ROOM:
        return None
    return Finding(
        "disk",
        NOTE,
        f"{facts.room / 1e9:.1f} GB are free here",
        "a full disk stops a training; its last checkpoint stays",
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
    """The names of the packages that this one cannot do without."""
    try:
        needed = metadata.requires("keras_resnets") or []
    except metadata.PackageNotFoundError:  # it is run from its sources
        needed = []
    names = (re.match(r"[\w.-]+", line) for line in needed if "extra ==" not in line)
    return {_canonical(name[0]) for name in names if name}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _features() -> set[str]:
    """The processor's flags, where Linux tells them."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), ":")
    return set(flags.split(":", 1)[1].split())
