"""Workers of one cluster: started and stopped together on one machine, and described for several."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

from keras_resnets._errors import positive_integer

GRACE = 30.0  # seconds that a worker has to save after SIGTERM
POLL = 0.2  # seconds between two looks at the workers
SHOWN = 15  # last lines of a failed worker's output


def launch(
    arguments: Sequence[str], workers: int, *, restarts: int = 0, environment: Mapping[str, str] | None = None
) -> int:
    """Run `keras-resnets ARGUMENTS` as `workers` processes of this machine that train as one cluster.

    The first worker is the chief: its output is shown, that of the others when they fail. When one fails the others are
    stopped, and all are started again with `--resume`, as often as `restarts` says: the training goes on from its last
    checkpoint. SIGINT and SIGTERM are passed on.

    Args:
        arguments: of the command, such as `["train", "resnet20", "--epochs", "20"]`.
        workers: how many, 1 or more.
        restarts: after failures, before giving up.
        environment: of the workers, beside TF_CONFIG; default this process's.

    Returns:
        The exit status: 0, or that of the first worker that failed for good.

    Raises:
        ValueError: if a number is out of its range.
    """
    positive_integer("workers", workers)
    if restarts < 0:
        raise ValueError(f"restarts must be 0 or more, not {restarts}.")
    environment = dict(os.environ if environment is None else environment)
    # Each worker takes its share of the processors, not all of them.
    environment.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    arguments = list(arguments)
    while True:
        status, stopped = run_once(arguments, workers, environment)
        if status == 0 or stopped or restarts == 0:
            return status
        restarts -= 1
        arguments = resuming(arguments)
        print(f"All workers start again, from the last checkpoint; restarts left: {restarts}.", file=sys.stderr)


def resuming(arguments: Sequence[str]) -> list[str]:
    """The arguments of a training that goes on with what is there."""
    return [*(argument for argument in arguments if argument not in ("--overwrite", "--resume")), "--resume"]


def run_once(arguments: Sequence[str], workers: int, environment: Mapping[str, str]) -> tuple[int, bool]:
    """Run the workers to their end; the first failure's exit status, or 0, and whether a signal asked them to stop."""
    addresses = [f"localhost:{port}" for port in free_ports(workers)]
    environments = [{**environment, "TF_CONFIG": tf_config(addresses, index)} for index in range(workers)]
    return together([sys.executable, "-m", "keras_resnets.cli", *arguments], environments)


def together(
    command: Sequence[str], environments: Sequence[Mapping[str, str]], talking: Collection[int] = (0,)
) -> tuple[int, bool]:
    """Run `command` once in each environment, until all end well or the first fails, and pass signals on.

    Args:
        command: the program and its arguments.
        environments: of the processes; what the first one says on stderr is shown, of the others when they fail.
        talking: which of them print where this process prints.

    Returns:
        The first failure's exit status, or 0, and whether a signal asked them to stop.
    """
    with contextlib.ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in environments]
        processes = [
            subprocess.Popen(
                command,
                env=environment,
                stdout=None if index in talking else logs[index],
                stderr=None if index == 0 else logs[index],
                start_new_session=True,  # a Ctrl-C reaches them once, through this process
            )
            for index, environment in enumerate(environments)
        ]
        with passing_on(processes) as signals:
            try:
                first = wait(processes)
            finally:
                stop(processes)
        if first is None:
            return 0, bool(signals)
        if not signals:
            logs[first].seek(0)
            lines = "".join(f"  {line}" for line in logs[first].readlines()[-SHOWN:])
            print(f"Worker {first} ended with status {processes[first].returncode}.\n{lines}", end="", file=sys.stderr)
        return status_of(processes[first].returncode), bool(signals)


def wait(processes: Sequence[subprocess.Popen]) -> int | None:
    """Wait for all to end well, None, or for the first that does not: its number."""
    while True:
        codes = [process.poll() for process in processes]
        failed = [index for index, code in enumerate(codes) if code]
        if failed:
            return failed[0]
        if all(code == 0 for code in codes):
            return None
        time.sleep(POLL)


def stop(processes: Sequence[subprocess.Popen]) -> None:
    """End those that still run: SIGTERM and, after a while, SIGKILL."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def passing_on(processes: Sequence[subprocess.Popen]) -> Iterator[list[int]]:
    """Pass SIGINT and SIGTERM on to the processes; the list holds those that came."""
    came: list[int] = []

    def pass_on(number, frame):
        came.append(number)
        for process in processes:
            if process.poll() is None:
                process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def status_of(returncode: int) -> int:
    """An exit status as a shell tells it: 128 and the signal's number for a process that a signal ended."""
    return 128 - returncode if returncode < 0 else returncode


def tf_config(addresses: Sequence[str], index: int) -> str:
    """TF_CONFIG of worker `index` of the cluster of `addresses` ("host:port"); worker 0 is the chief."""
    return json.dumps({"cluster": {"worker": list(addresses)}, "task": {"type": "worker", "index": index}})


def commands_for(addresses: Sequence[str], arguments: Sequence[str]) -> str:
    """What to run on each machine of a cluster, as lines of a shell.

    Raises:
        ValueError: if an address is not HOST:PORT.
    """
    for address in addresses:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"An address is HOST:PORT, such as node1:2222, not {address!r}.")
    command = shlex.join(["keras-resnets", *arguments])
    return "\n".join(
        f"# on {address.rpartition(':')[0]}\nTF_CONFIG={shlex.quote(tf_config(addresses, index))} {command}"
        for index, address in enumerate(addresses)
    )


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens at."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]
