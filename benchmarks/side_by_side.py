"""What the benchmarks share: contenders in processes of their own that take turns, and reports of where they ran."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import json
import multiprocessing
import os
import platform
import shlex
import statistics
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)  # of a contender
WARM_SECONDS = 10.0
REST_SECONDS = 0.1  # between two turns: the threads of some libraries go on spinning for a while after a call


class Worker:
    """A process that prepares a task and runs it when told, so that contenders can take turns.

    It calls `serve(*arguments, pipe)`, which prepares for its contender and then lets `answer` run.
    """

    def __init__(self, serve: Callable[..., None], *arguments):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(*arguments, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def prepare(self, kind: str, settings: dict) -> float:
        """Build the task and call it, twice unless that takes long; the seconds of the last call."""
        return self._ask((kind, settings))

    def call(self) -> float:
        return self._ask("call")

    def tell(self, name: str):
        """What the worker's function of that name gives."""
        return self._ask(("tell", name))

    def _ask(self, message):
        self.pipe.send(message)
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.pipe.close()
        self.process.join(timeout=10)
        if self.process.is_alive():
            self.process.terminate()


@contextlib.contextmanager
def closing(workers: Mapping[Name, Worker]) -> Iterator[Mapping[Name, Worker]]:
    """The workers, closed in the end."""
    try:
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def in_turns(workers: Mapping[Name, Worker], rounds: int | Mapping[Name, int]) -> dict[Name, list[float]]:
    """Milliseconds of each worker's calls: one a round, as long as it has rounds, beginning with another each time."""
    names = list(workers)
    many = rounds if isinstance(rounds, Mapping) else dict.fromkeys(names, rounds)
    times: dict[Name, list[float]] = {name: [] for name in names}
    for turn in range(max(many.values())):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            if turn < many[name]:
                time.sleep(REST_SECONDS)
                times[name].append(workers[name].call() * 1000)
    return times


def seconds(task: Callable[[], object]) -> float:
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def answer(
    pipe,
    contender: str,
    builders: Callable[[], dict],
    seconds: Callable[[Callable], float] = seconds,
    tell: Mapping[str, Callable] = MappingProxyType({}),
) -> None:
    """A worker's life: tasks and calls come through the pipe, seconds go back, until it closes.

    `builders` is called once; what it gives makes, by the kind of a task and from its settings, what is timed by
    `seconds`. `tell` holds functions that are asked for by name.
    """
    task = None
    build = None
    while True:
        try:
            message = pipe.recv()
        except EOFError:
            return
        try:
            if message == "call":
                pipe.send(seconds(task))
            elif message[0] == "tell":
                pipe.send(tell[message[1]]())
            else:
                kind, settings = message
                build = build or builders()
                task = build[kind](**settings)
                first = seconds(task)
                pipe.send(first if first > WARM_SECONDS else seconds(task))
        except Exception as error:
            pipe.send(RuntimeError(f"{contender}: {type(error).__name__}: {error}"))


def resident(field: str) -> float:
    """MiB of this process's resident set: "VmRSS" now, "VmHWM" at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024


def peak_memory() -> float:
    """MiB at the peak: of the GPU that this process's framework computes on, else of the process."""
    torch, jax, tensorflow = (sys.modules.get(name) for name in ("torch", "jax", "tensorflow"))
    if torch and torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return torch.cuda.max_memory_allocated() / 2**20
    if jax and jax.default_backend() == "gpu":
        return jax.devices()[0].memory_stats()["peak_bytes_in_use"] / 2**20
    if tensorflow and tensorflow.config.list_physical_devices("GPU"):
        return tensorflow.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20
    return resident("VmHWM")


def summary(milliseconds: list[float]) -> dict:
    return {
        "median_ms": round(statistics.median(milliseconds), 3),
        "min_ms": round(min(milliseconds), 3),
        "max_ms": round(max(milliseconds), 3),
        "rounds": len(milliseconds),
    }


def described(doc: str, about: Mapping[str, str] = MappingProxyType({}), what: str = "contenders") -> ArgumentParser:
    """The parser of a benchmark: described by its docstring, with what it compares, and an --output."""
    told = "; ".join(f"{name}: {text}" for name, text in about.items())
    options = ArgumentParser(description=doc.split("\n\n")[0], epilog=f"{what}: {told}" if told else None)
    options.add_argument("--output", type=Path, metavar="FILE", help="where to write the results, as JSON")
    return options


def machine(threads: int) -> dict:
    """What a reader needs to know to compare the figures with others."""
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    versions = {}
    for package in ("tensorflow", "jax", "keras", "torch", "numpy"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "threads": threads,
        "load_average_before": os.getloadavg(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": shlex.join(["python", *sys.argv]),
    }


def write_report(report: dict, file: Path) -> None:
    """Write the report as JSON; where it was measured, with what else the machine did at its end."""
    if "machine" in report:
        report["machine"]["load_average_after"] = os.getloadavg()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nwritten: {file}")
