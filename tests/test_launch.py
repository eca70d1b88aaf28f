"""Workers are started, watched and stopped together; the programs that they run here are short ones."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from keras_resnets import launch as launching
from keras_resnets.cli import main


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Runs Python code in place of `keras-resnets`, with `sys.argv` and `index`, the worker's number."""

    def install(code):
        head = "import json, os, sys, time\nindex = json.loads(os.environ['TF_CONFIG'])['task']['index']\n"
        (tmp_path / "program.py").write_text(head + textwrap.dedent(code))
        popen = subprocess.Popen

        def start(command, **options):
            assert command[1:3] == ["-m", "keras_resnets.cli"]
            return popen([sys.executable, str(tmp_path / "program.py"), *command[3:]], **options)

        monkeypatch.setattr(launching.subprocess, "Popen", start)
        monkeypatch.chdir(tmp_path)

    return install


def test_each_worker_gets_its_place_and_its_share_of_the_processors(program, tmp_path):
    program("""
        told = [os.environ['TF_CONFIG'], os.environ['TF_NUM_INTRAOP_THREADS'], sys.argv[1:]]
        open(f'{index}.json', 'w').write(json.dumps(told))
    """)
    assert launching.launch(["train", "resnet20"], 2) == 0
    told = [json.loads((tmp_path / f"{index}.json").read_text()) for index in (0, 1)]
    configs = [json.loads(config) for config, _, _ in told]
    assert [config["task"] for config in configs] == [{"type": "worker", "index": index} for index in (0, 1)]
    assert configs[0]["cluster"] == configs[1]["cluster"]
    assert len(set(configs[0]["cluster"]["worker"])) == 2
    assert {threads for _, threads, _ in told} == {str(max(1, os.cpu_count() // 2))}
    assert told[1][2] == ["train", "resnet20"]


def test_a_failure_stops_the_others_and_is_shown(program, capfd):
    program("""
        if index == 1:
            print('it broke here')
            sys.exit(3)
        time.sleep(60)
    """)
    began = time.monotonic()
    assert launching.launch(["train"], 2) == 3
    assert time.monotonic() - began < 30
    assert "Worker 1 ended with status 3.\n  it broke here" in capfd.readouterr().err


def test_a_failure_starts_all_again_from_the_last_checkpoint(program, tmp_path, capfd):
    program("""
        with open(f'calls{index}', 'a') as calls:
            calls.write(' '.join(sys.argv[1:]) + '\\n')
        if index == 0 and '--resume' not in sys.argv:
            while not os.path.exists('calls1'):
                time.sleep(0.05)
            time.sleep(0.5)
            os.kill(os.getpid(), 9)
        if '--resume' not in sys.argv:
            time.sleep(60)
    """)
    assert launching.launch(["train", "--overwrite"], 2, restarts=2) == 0
    for index in (0, 1):
        assert (tmp_path / f"calls{index}").read_text() == "train --overwrite\ntrain --resume\n"
    assert "restarts left: 1" in capfd.readouterr().err


def test_restarts_end(program):
    program("os.kill(os.getpid(), 9) if index == 0 else time.sleep(60)")
    assert launching.launch(["train"], 2, restarts=1) == 128 + 9


def test_a_signal_reaches_the_workers_once_and_ends_the_restarts(tmp_path):
    code = """
        import os, signal, sys, threading
        from keras_resnets import launch as launching
        start = launching.subprocess.Popen
        program = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); "
        program += "print('up', flush=True); time.sleep(60)"
        launching.subprocess.Popen = lambda command, **options: start([sys.executable, "-c", program], **options)
        threading.Timer(2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        sys.exit(launching.launch(["train"], 2, restarts=5))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 7, done.stderr
    assert done.stdout == "up\n"
    assert "restarts" not in done.stderr


def test_commands_for_several_machines(capsys):
    assert main(["launch", "--hosts", "node1:2222", "node2:2222", "--", "train", "resnet20", "--epochs", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0::2] == ["# on node1", "# on node2"]
    for index, line in enumerate(lines[1::2]):
        assert line.endswith("' keras-resnets train resnet20 --epochs 5")
        config = json.loads(line.removeprefix("TF_CONFIG='").split("'")[0])
        assert config == {
            "cluster": {"worker": ["node1:2222", "node2:2222"]},
            "task": {"type": "worker", "index": index},
        }


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--workers", "2"], "launch needs the command that each worker runs"),
        (["--workers", "0", "--", "train"], "workers must be a positive integer, not 0"),
        (["--workers", "2", "--restarts", "-1", "--", "train"], "restarts must be 0 or more, not -1"),
        (["--hosts", "node1", "--", "train"], "An address is HOST:PORT, such as node1:2222, not 'node1'"),
    ],
)
def test_errors_name_what_was_given(arguments, message, capsys):
    assert main(["launch", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_status_of_a_signal():
    assert launching.status_of(-signal.SIGKILL) == 137
    assert launching.status_of(4) == 4
