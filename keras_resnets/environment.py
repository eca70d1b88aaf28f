"""Versions and machine that a result depends on besides its settings."""

import os
import platform
import shlex
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

CPUINFO = Path("/proc/cpuinfo")


def provenance() -> dict[str, Any]:
    """Return the command line, the versions and the machine, as config.json records them."""
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    return {"command": command, "versions": versions(), "machine": machine()}


def versions() -> dict[str, str]:
    """Return the versions of Python and of those packages a result depends on that are installed; Keras's backend."""
    import keras

    found = {"python": platform.python_version(), "backend": keras.backend.backend()}
    for package in ("keras_resnets", "keras", "tensorflow", "jax", "numpy", "tensorflow-datasets"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Return system, name of the processor, number of cores, and accelerators of Keras's backend."""
    import keras

    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _cpuinfo("model name") or platform.processor(),
        "cores": os.cpu_count(),
        # JAX raises where it is asked for a kind of device that is not there.
        "accelerators": [device for device in keras.distribution.list_devices() if not device.startswith("cpu")],
    }


def processor_flags() -> frozenset[str]:
    """Return the instruction sets of the processor, such as "avx512_bf16"; empty on systems other than Linux."""
    return frozenset((_cpuinfo("flags") or _cpuinfo("features")).split())


def _cpuinfo(field: str) -> str:
    """Return the first value of a field of /proc/cpuinfo, whatever its case; "" without one."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip().lower() == field), "")
