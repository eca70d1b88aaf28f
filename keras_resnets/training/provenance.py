"""What a result depends on besides its settings: versions and machine."""

import os
import platform
import shlex
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import keras


def provenance() -> dict[str, Any]:
    """The command, the versions and the machine."""
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    return {"command": command, "versions": versions(), "machine": machine()}


def versions() -> dict[str, str]:
    """Of Python and the packages that a result depends on; those that are installed."""
    found = {"python": platform.python_version(), "backend": keras.backend.backend()}
    for package in ("keras_resnets", "keras", "tensorflow", "jax", "numpy", "tensorflow-datasets"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Where it ran: system, processor, cores, accelerators."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        # JAX raises where it is asked for a kind of device that is not there.
        "accelerators": [device for device in keras.distribution.list_devices() if not device.startswith("cpu")],
    }


def _processor() -> str:
    """The processor's name, which Linux keeps in /proc and `platform` leaves out."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()
