"""Each check on facts made up for it, and all of them on this machine."""

import json
from dataclasses import replace

import pytest

from keras_resnets import doctor
from keras_resnets.cli import main
from keras_resnets.doctor import BROKEN, NOTE, OK, SLOW, Diagnosis, Facts, Finding

NEEDED = {"importlib-resources": "7", "tensorboard": "2.20.0", "scipy": "1.15"}
CPU = Facts(versions={"python": "3.11.7", "backend": "tensorflow", "keras": "3.15.1", "tensorflow": "2.21.0", **NEEDED})
JAX = replace(CPU, versions={**CPU.versions, "backend": "jax"})
GPU = replace(CPU, accelerators=("gpu:0",), nvidia=True)


def having(facts, **variables):
    return replace(facts, environment=variables)


def without(package):
    return replace(CPU, versions={name: v for name, v in CPU.versions.items() if name != package})


@pytest.mark.parametrize(
    "check, facts, state, words",
    [
        (doctor.python, CPU, OK, "python 3.11.7, keras 3.15.1, tensorflow 2.21.0"),
        (
            doctor.keras,
            replace(CPU, versions={**CPU.versions, "keras": "3.9.2"}),
            BROKEN,
            "Keras 3.9.2 is older than 3.12",
        ),
        (doctor.packages, CPU, OK, "all required packages are installed"),
        (
            doctor.packages,
            without("importlib-resources"),
            BROKEN,
            "tensorflow-datasets imports it and does not declare",
        ),
        (doctor.packages, without("tensorboard"), BROKEN, "pip install tensorboard"),
        (doctor.packages, replace(CPU, requirements=frozenset({"h5py"})), BROKEN, "pip install h5py"),
        (doctor.extras, CPU, NOTE, "scikit-learn, for the data set digits"),
        (doctor.backend, CPU, OK, "tensorflow"),
        (doctor.backend, replace(CPU, versions={**CPU.versions, "backend": "torch"}), BROKEN, "KERAS_BACKEND=jax"),
        (doctor.backend, JAX, SLOW, "stochastic depth are computed all the same"),
        (doctor.backend, replace(JAX, accelerators=("gpu:0",)), OK, "jax"),
        (doctor.accelerators, GPU, OK, "gpu:0"),
        (doctor.accelerators, replace(CPU, nvidia=True), SLOW, "tensorflow[and-cuda]"),
        (doctor.accelerators, replace(JAX, nvidia=True), SLOW, "jax[cuda12]"),
        (doctor.precision, replace(CPU, precision="float16"), SLOW, "float16 has no fast convolutions"),
        (doctor.precision, replace(CPU, precision="bfloat16"), SLOW, "no instructions for bfloat16"),
        (doctor.precision, replace(CPU, precision="bfloat16", features=frozenset({"avx512_bf16"})), OK, "bfloat16"),
        (doctor.precision, replace(GPU, precision="float16"), OK, "float16"),
        (doctor.strategy, CPU, OK, "auto means single"),
        (doctor.strategy, replace(CPU, strategy="multi_worker"), NOTE, "multi_worker.repair()"),
        (
            doctor.strategy,
            replace(having(CPU, TF_CONFIG="x"), strategy="It cannot be read"),
            BROKEN,
            "correct TF_CONFIG",
        ),
        (doctor.strategy, having(JAX, TF_CONFIG="{}"), NOTE, "which jax does not join"),
        (doctor.onednn, CPU, SLOW, "off, TensorFlow's default on a processor without AVX-512"),
        (doctor.onednn, replace(CPU, features=frozenset({"avx512_vnni"})), OK, "on"),
        (doctor.onednn, having(CPU, TF_ENABLE_ONEDNN_OPTS="1"), OK, "on"),
        (doctor.onednn, having(CPU, TF_ENABLE_ONEDNN_OPTS="0"), SLOW, "set TF_ENABLE_ONEDNN_OPTS=1"),
        (doctor.xla, CPU, NOTE, "jit_compile=False"),
        (doctor.xla, having(CPU, TF_XLA_FLAGS="--tf_xla_auto_jit=2"), SLOW, "unset TF_XLA_FLAGS"),
        (doctor.grouped, CPU, NOTE, "kr.GroupedConv2D"),
        (doctor.threads, having(CPU, OMP_NUM_THREADS="1"), SLOW, "unset OMP_NUM_THREADS"),
        (doctor.disk, replace(CPU, free_bytes=1e9), NOTE, "1.0 GB are free"),
    ],
)
def test_check(check, facts, state, words):
    finding = check(facts)
    assert finding.state == state
    assert words in f"{finding.text} {finding.advice}"
    assert bool(finding.advice) == (state != OK)


@pytest.mark.parametrize(
    "check",
    [doctor.keras, doctor.onednn, doctor.xla, doctor.grouped, doctor.threads, doctor.disk],
    ids=lambda c: c.__name__,
)
def test_what_does_not_concern_a_gpu_gives_no_finding(check):
    assert check(having(GPU, TF_ENABLE_ONEDNN_OPTS="0", OMP_NUM_THREADS="1")) is None


def test_only_what_is_broken_makes_the_diagnosis_so():
    fine, bad = Finding("a", SLOW, "b", "c"), Finding("d", BROKEN, "e", "f")
    assert not Diagnosis((fine,)).broken and Diagnosis((fine, bad)).broken
    assert str(Diagnosis((fine, bad))).splitlines()[0] == "a  slow    b"


def test_this_machine_is_well(capsys, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("versions") and "packages" in out and "broken" not in out


def test_a_cluster_that_cannot_be_read_is_an_exit_status_of_1(capsys, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "nonsense")
    assert main(["doctor"]) == 1
    assert "correct TF_CONFIG" in capsys.readouterr().out


def test_an_unknown_precision_is_refused(capsys):
    assert main(["doctor", "--precision", "float12"]) == 1
    assert "Unknown precision 'float12'" in capsys.readouterr().err


@pytest.mark.slow
def test_it_looks_at_jax_without_tensorflow(fresh_python):
    code = (
        "import json, sys\n"
        "from keras_resnets.doctor import diagnose\n"
        "diagnosis = diagnose()\n"
        "backend = [finding.text for finding in diagnosis.findings if finding.subject == 'backend']\n"
        "print(json.dumps(['tensorflow' in sys.modules, backend]))"
    )
    imported, (text,) = json.loads(fresh_python(code, KERAS_BACKEND="jax"))
    assert not imported and text.startswith("jax on a CPU")
