"""No network, a silent one, a broken one and one that works; a proxy on this machine stands for each."""

import http.server
import io
import shutil
import socket
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from keras_resnets import data
from keras_resnets.data import download
from keras_resnets.data.archives import archives_of

FASHION_MNIST = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
SVHN = "http://ufldl.stanford.edu/housenumbers/"


@pytest.fixture
def use_proxy(monkeypatch):
    """Sends every request to a port of this machine."""

    def use(port):
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)

    return use


@contextmanager
def silent():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def serving(files, pause=0.0):
    """A proxy that answers with ``files`` by URL, half, a pause, the other half; and 503 for the rest."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content = files.get(self.path)
            self.send_response(503 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            if content:
                half = len(content) // 2
                self.wfile.write(content[:half])
                time.sleep(pause)
                self.wfile.write(content[half:])

        def log_message(self, *given):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def refusal(name, data_dir):
    with pytest.raises(ConnectionError) as raised:
        data.load(name, data_dir)
    assert not data_dir.exists()
    return str(raised.value)


def test_without_a_network_the_sentence_says_what_to_do(tmp_path, use_proxy):
    use_proxy(free_port())
    data_dir = tmp_path / "my data"
    sentence = refusal("fashion_mnist", data_dir)
    kinds = "t10k-images-idx3", "t10k-labels-idx1", "train-images-idx3", "train-labels-idx1"
    names = " ".join(f"{kind}-ubyte.gz" for kind in kinds)
    assert f"fashion_mnist is not prepared under {data_dir} and cannot be downloaded" in sentence
    assert "fashion-mnist.s3-website.eu-central-1.amazonaws.com cannot be reached, ProxyError" in sentence
    assert f"fetch {names.replace(' ', ', ')} where there is a network, from {FASHION_MNIST}" in sentence
    assert "https://github.com/zalandoresearch/fashion-mnist" in sentence
    assert f"`keras-resnets data import fashion_mnist {names} --data-dir '{data_dir}'`" in sentence
    assert "\n" not in sentence


def test_a_silent_network_ends_within_15_seconds(tmp_path, use_proxy):
    before = set(threading.enumerate())
    started = time.monotonic()
    with silent() as port:
        use_proxy(port)
        sentence = refusal("cifar10", tmp_path / "data")
        seconds = time.monotonic() - started
        left = set(threading.enumerate()) - before
    assert "no answer from www.cs.toronto.edu within 8 seconds" in sentence
    assert "keras-resnets data import cifar10 cifar-10-binary.tar.gz" in sentence
    # Leaves room for the import of TensorFlow, some 5 seconds on an idle core.
    assert seconds < 12
    assert all(thread.daemon for thread in left), "the end of the process would wait for these"


def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch, use_proxy):
    use_proxy(free_port())
    release = threading.Event()

    def never(*given, **options):
        release.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", never)
    started = time.monotonic()
    reason = download.why_unreachable(["http://host/a", "http://host/b"], 0.5)
    seconds = time.monotonic() - started
    release.set()
    assert reason == "no answer from host within 0.5 seconds"
    assert seconds < 3


def test_a_server_in_trouble_is_not_tried_again_and_again(tmp_path, use_proxy):
    started = time.monotonic()
    with serving({}) as port:
        use_proxy(port)
        sentence = refusal("fashion_mnist", tmp_path / "data")
    assert "amazonaws.com answers 503 Service Unavailable" in sentence
    assert time.monotonic() - started < 15


def test_a_download_that_was_broken_off_is_fetched_again(tmp_path, use_proxy):
    from tensorflow_datasets.core.download import resource

    use_proxy(free_port())
    archive = next(iter(archives_of(download.builder_of(data.DATASETS["cifar10"], tmp_path))))
    folder = tmp_path / "downloads" / "cifar10"
    folder.mkdir(parents=True)
    # Without its .INFO beside it, tensorflow-datasets does not count a file as downloaded.
    (folder / resource.get_dl_fname(archive.url, archive.sha256)).write_bytes(b"half")
    with pytest.raises(ConnectionError, match=r"www\.cs\.toronto\.edu cannot be reached"):
        data.load("cifar10", tmp_path)


def test_nothing_to_fetch_is_reachable():
    assert download.why_unreachable([], 1) is None


@pytest.fixture
def svhn(monkeypatch):
    """Three tiny SVHN files, registered with tensorflow-datasets as the published ones."""
    savemat = pytest.importorskip("scipy.io").savemat
    import hashlib

    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import checksums
    from tensorflow_datasets.core.utils import Size

    files = {}
    for part, count in (("train", 5), ("test", 3), ("extra", 1)):
        content = io.BytesIO()
        pixels = np.full((32, 32, 3, count), count, np.uint8)
        savemat(content, {"X": pixels, "y": np.arange(10, 10 - count, -1, dtype=np.uint8)[:, None]})
        url = f"{SVHN}{part}_32x32.mat"
        files[url] = content.getvalue()
        info = checksums.UrlInfo(Size(len(files[url])), hashlib.sha256(files[url]).hexdigest(), f"{part}_32x32.mat")
        monkeypatch.setitem(tfds.builder_cls("svhn_cropped").url_infos, url, info)
    return files


def test_a_download_that_starts_is_not_cut_short(tmp_path, use_proxy, monkeypatch, svhn, capsys):
    monkeypatch.setattr("keras_resnets._network.ANSWER_SECONDS", 1.0)
    with serving(svhn, pause=2.0) as port:
        use_proxy(port)
        loaded = data.load("svhn_cropped", tmp_path)
    assert capsys.readouterr().out == ""
    assert sorted(loaded.train.labels) == [0, 6, 7, 8, 9]
    assert sorted(loaded.test.labels) == [0, 8, 9]
    assert set(np.unique(loaded.train.images)) == {5}

    use_proxy(free_port())
    assert len(data.load("svhn_cropped", tmp_path).train) == 5, "what is prepared needs no network"
    shutil.rmtree(tmp_path / "svhn_cropped")
    assert len(data.load("svhn_cropped", tmp_path).train) == 5, "what was downloaded is not fetched again"


def test_a_page_in_place_of_the_file_is_refused(tmp_path, use_proxy, svhn):
    with serving(dict.fromkeys(svhn, b"<html>Please log in</html>")) as port:
        use_proxy(port)
        with pytest.raises(ConnectionError, match=r"what arrived is not the published file.*data import svhn_cropped"):
            data.load("svhn_cropped", tmp_path)
