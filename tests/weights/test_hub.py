"""Downloads, from a server of our own."""

import contextlib
import functools
import hashlib
import http.server
import io
import socket
import threading
import time

import pytest

from keras_resnets.weights import hub

CONTENT = b"weights" * 1000
SHA = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and a file that ends too early."""

    def do_GET(self):
        self.server.requests.append(self.path)
        if self.path == "/short.pth":
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:100])
        elif self.path == "/odd.pth":
            self.send_response(200)
            self.send_header("Content-Length", "many")
            self.end_headers()
        elif self.path == "/endless.pth":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                while True:
                    self.wfile.write(bytes(1 << 16))
        else:
            super().do_GET()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(tmp_path):
    """The address of a server of one file, and what it was asked for."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "x.pth").write_bytes(CONTENT)
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    ) as running:
        running.requests = []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        running.address = f"http://127.0.0.1:{running.server_port}"
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("digest", [f"sha256:{SHA[:8]}", f"sha256:{SHA}", f"md5:{MD5}"])
def test_a_file_is_downloaded_once_and_verified(server, home, digest):
    for _ in range(2):
        assert hub.cached(f"{server.address}/x.pth", "x.pth", digest) == home / "x.pth"
    assert (home / "x.pth").read_bytes() == CONTENT
    assert server.requests == ["/x.pth"]
    assert files(home) == ["x.pth"]


def test_two_at_a_time_download_once(server, home):
    threads = [
        threading.Thread(target=hub.cached, args=(f"{server.address}/x.pth", "x.pth", f"sha256:{SHA}"))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.requests == ["/x.pth"]


def test_what_comes_with_another_digest_is_refused_and_not_kept(server, home):
    with pytest.raises(ValueError, match=f"sha256 begins with {SHA[:8]}, not with 01234567"):
        hub.cached(f"{server.address}/x.pth", "x.pth", "sha256:01234567")
    assert files(home) == []


def test_a_file_brought_by_hand_is_verified(home):
    home.mkdir(parents=True)
    (home / "x.pth").write_bytes(CONTENT)
    assert hub.cached("http://127.0.0.1:1/x.pth", "x.pth", f"sha256:{SHA[:8]}") == home / "x.pth"
    (home / "x.pth").write_bytes(CONTENT[:-1])
    with pytest.raises(ValueError, match="is not the published file"):
        hub.cached("http://127.0.0.1:1/x.pth", "x.pth", f"sha256:{SHA[:8]}")


@pytest.mark.parametrize(
    "file, words", [("short.pth", "the connection ended after 100 of 7,000"), ("y.pth", "404"), ("odd.pth", "many")]
)
def test_a_download_that_fails_is_told_and_leaves_nothing(server, home, file, words):
    with pytest.raises(OSError) as caught:
        hub.cached(f"{server.address}/{file}", "x.pth", f"sha256:{SHA}")
    for part in (words, f"{server.address}/{file}", "as x.pth", str(home)):
        assert part in str(caught.value)
    assert files(home) == []


@pytest.mark.parametrize("file, words", [("endless.pth", "goes on after 1,000 bytes"), ("x.pth", "it has 7,000 bytes")])
def test_a_download_has_an_end(server, home, monkeypatch, file, words):
    monkeypatch.setattr(hub, "MOST_BYTES", 1000)
    with pytest.raises(OSError, match=words):
        hub.cached(f"{server.address}/{file}", "x.pth", f"sha256:{SHA}")
    assert files(home) == []


def test_links_in_the_cache_are_not_written_through(server, home, tmp_path):
    home.mkdir(parents=True)
    (tmp_path / "outside").write_text("kept")
    (home / ".x.partial.pth").symlink_to(tmp_path / "outside")
    assert hub.cached(f"{server.address}/x.pth", "x.pth", f"sha256:{SHA}").read_bytes() == CONTENT
    assert (tmp_path / "outside").read_text() == "kept"
    (home / ".y.pth.lock").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match=r"Refusing .*\.y\.pth\.lock': it is a link"):
        hub.cached(f"{server.address}/x.pth", "y.pth", f"sha256:{SHA}")


def test_without_a_network_it_fails_within_seconds(home, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"  # bound and not listening: refused at once
        with pytest.raises(OSError, match=f"{address}/x.pth could not be downloaded"):
            hub.cached(f"{address}/x.pth", "x.pth", f"sha256:{SHA}")
    monkeypatch.setattr("keras_resnets._network.ANSWER_SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # takes connections and never answers
        start = time.monotonic()
        with pytest.raises(
            OSError, match=r"no answer within 0\.5 seconds\. Download it elsewhere and put it, as x\.pth"
        ):
            hub.cached(f"http://127.0.0.1:{silent.getsockname()[1]}/x.pth", "x.pth", f"sha256:{SHA}")
        assert time.monotonic() - start < 10


LIGHT = {"KERAS_BACKEND": "numpy"}  # TensorFlow takes seconds to import, and downloads need no backend
HUB = """
import time
from keras_resnets.weights.hub import hub_file
start = time.monotonic()
try:
    for _ in range(2):
        path = hub_file("timm/some.net", None, "model.safetensors")
    print(path.read_text())
    hub_file("timm/some.net", "v9", "config.json")
except OSError as fault:
    print(fault)
print(time.monotonic() - start)
"""
LATER = """
import urllib.request
from huggingface_hub import constants
urllib.request.urlopen(constants.ENDPOINT + "/close").read()
start = time.monotonic()
try:
    hub_file("timm/other.net", None, "model.safetensors")
except OSError as fault:
    print(fault)
print(time.monotonic() - start)
"""


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the Hugging Face hub as one file needs."""

    def do_HEAD(self):
        self.server.requests.append(f"{self.command} {self.path}")
        found = self.path in ("/", "/close", "/timm/some.net/resolve/main/model.safetensors")
        self.send_response(200 if found else 404)
        if not found:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("Content-Length", "5" if found else "0")
        self.send_header("ETag", '"abc"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()
        return found

    def do_GET(self):
        if self.path == "/close":
            self.server.shutdown()
            self.server.server_close()
        if self.do_HEAD():
            self.wfile.write(b"hello")

    def log_message(self, *arguments):
        pass


def test_the_hub_is_asked_once_and_one_that_cannot_be_reached_is_told_within_seconds(tmp_path, fresh_python):
    """In one process, whose imports take longest. huggingface_hub itself tries for half a minute and more."""
    pytest.importorskip("huggingface_hub")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as running:
        running.requests = []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{running.server_port}"
        environment = {**LIGHT, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_TELEMETRY": "1"}
        printed = fresh_python(HUB + LATER, **environment)
    assert printed.startswith("hello\n")
    assert "config.json of timm/some.net@v9 could not be downloaded" in printed
    assert "model.safetensors of timm/other.net is not in the cache and the hub cannot be reached" in printed
    assert f"{address}/timm/other.net/resolve/main/model.safetensors" in printed
    assert float(printed.splitlines()[-1]) < 10
    assert [request for request in running.requests if request.endswith("model.safetensors")][1:] == [
        "GET /timm/some.net/resolve/main/model.safetensors"
    ]


class BrokenHub(Hub):
    """Answers, and then hangs up or talks another language."""

    def do_HEAD(self):
        if self.path == "/":
            return super().do_HEAD()
        if not self.path.startswith("/timm/some.net/resolve/v9"):
            self.wfile.write(b"what?\r\n\r\n")
        self.close_connection = True
        return False


@pytest.mark.slow
def test_a_hub_that_breaks_off_is_told_in_one_sentence(tmp_path, fresh_python):
    pytest.importorskip("huggingface_hub")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), BrokenHub) as running:
        running.requests = []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{running.server_port}"
        printed = fresh_python(HUB, **LIGHT, HF_ENDPOINT=address, HF_HOME=str(tmp_path), HF_HUB_DISABLE_TELEMETRY="1")
        running.shutdown()
    assert "model.safetensors of timm/some.net could not be downloaded: " in printed


@pytest.mark.parametrize("fault", [RuntimeError("closed"), KeyError(), ValueError("a\nb")])
def test_every_fault_of_the_hubs_library_is_told(fault, monkeypatch):
    huggingface_hub = pytest.importorskip("huggingface_hub")

    def download(*names, local_files_only=False, **options):
        raise huggingface_hub.errors.LocalEntryNotFoundError("not here") if local_files_only else fault

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(hub, "_open", lambda url: io.BytesIO())
    with pytest.raises(OSError, match=r"^x of a/b could not be downloaded: [^\n]+\. Download https://[^\n]+$"):
        hub.hub_file("a/b", None, "x")
