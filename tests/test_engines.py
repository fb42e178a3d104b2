"""Ray and MPI carry the nodes of a cluster to the bytes of one process, whoever dies meanwhile."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import corpora
import pytest

import w2v
from w2v.models import cluster_run

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]

OPTIONS = dict(vector_size=30, epochs=3, min_count=2, progress=False)
MODES = {"sg-ns": dict(sg=1), "cbow-hs": dict(sg=0, hs=1, negative=0)}
MPIEXEC = Path(sysconfig.get_path("scripts"), "mpiexec")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "plain.txt"
    path.write_bytes(corpora.plain() * 6)
    return str(path)


@pytest.fixture(scope="module")
def machines():
    """Two machines of one core, and one without, which has the head."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    made = Cluster(
        initialize_head=True,
        head_node_args=dict(num_cpus=0, include_dashboard=False, object_store_memory=100 << 20),
    )
    add_machine(made), add_machine(made)
    ray.init(address=made.address, log_to_driver=False)
    yield made
    ray.shutdown()
    made.shutdown()


def add_machine(made):
    return made.add_node(num_cpus=1, object_store_memory=200 << 20)


def digest(model):
    found = hashlib.sha256()
    for each in (model.wv.vectors, model.output_vectors, model.node_vectors):
        found.update(b"-" if each is None else each.tobytes())
    return found.hexdigest()


def train(text, engine, **options):
    return w2v.train(text, cluster=w2v.Cluster(engine, 2, 1), **OPTIONS, **options)


@pytest.mark.parametrize("mode", MODES)
def test_ray_gives_the_bytes_of_one_process(mode, text, machines):
    model, alone = train(text, "ray", **MODES[mode]), train(text, "local", **MODES[mode])
    assert digest(model) == digest(alone) and model.losses == alone.losses
    assert model.report.bytes_sent == alone.report.bytes_sent
    assert model.report.rounds == alone.report.rounds > 2 * OPTIONS["epochs"]


def test_ray_takes_a_node_a_machine_and_one_node_gives_one_machines_bytes(text, machines):
    assert w2v.train(text, cluster="ray", **OPTIONS).report.nodes == 2
    one = w2v.train(text, cluster=w2v.Cluster("ray", nodes=1, threads=1), **OPTIONS)
    assert digest(one) == digest(w2v.train(text, workers=1, **OPTIONS))


def test_errors_of_nodes_of_ray_are_those_of_the_node(text, machines):
    with pytest.raises(FloatingPointError, match=r"^alpha=1\.0: training diverged"):
        train(text, "ray", alpha=1.0, sg=1, window=30, negative=50)
    with pytest.raises(ValueError, match=r"min_count=1000000.* leave 0 of"):
        w2v.train(text, cluster="ray", min_count=10**6)


def when_trained(monkeypatch, position, act):
    """Call act(engine) once, while the stretch after so many merges of all rows is trained."""
    usual = cluster_run.ClusterRun.train_chunk
    seen = []

    def watched(self, show):
        if self.position == position and not seen:
            seen.append(time.monotonic())
            threading.Timer(0.05, act, [self.engine]).start()
        usual(self, show)

    monkeypatch.setattr(cluster_run.ClusterRun, "train_chunk", watched)


def test_an_actor_that_is_killed_is_made_anew(text, machines, monkeypatch):
    ray = pytest.importorskip("ray")
    when_trained(monkeypatch, 5, lambda engine: ray.kill(engine.actors[1]))
    model = train(text, "ray")
    assert model.report.nodes_lost == 1
    assert digest(model) == digest(train(text, "local"))


@pytest.mark.parametrize("has_spare", [True, False], ids=["spare", "no spare"])
def test_a_machine_that_is_gone_is_done_without(has_spare, text, machines, monkeypatch):
    if has_spare:
        add_machine(machines)

    def remove(engine):
        of = {each.node_id: each for each in machines.worker_nodes}
        machines.remove_node(of[engine.places[1]], allow_graceful=False)

    when_trained(monkeypatch, 5, remove)
    model = train(text, "ray")
    if not has_spare:
        add_machine(machines)
    assert model.report.nodes_lost == 1
    assert digest(model) == digest(train(text, "local"))


def mpi(*arguments, n=2, **options):
    pytest.importorskip("mpi4py")
    if not MPIEXEC.exists():
        pytest.skip("there is no mpiexec, of the package mpich, beside this Python")
    command = [MPIEXEC, "-n", str(n), sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


PROGRAM = """
import hashlib, os, sys, warnings
import w2v
from w2v.models import cluster_run

warnings.simplefilter("ignore")
if {dying}:
    from mpi4py import MPI
    usual = cluster_run.ClusterRun.train_chunk

    def dying(self, show):
        if self.position == 5 and MPI.COMM_WORLD.rank == 1:
            os._exit(3)
        usual(self, show)

    cluster_run.ClusterRun.train_chunk = dying
model = w2v.train({text!r}, cluster=w2v.Cluster("mpi", threads=1), **{options!r})
found = hashlib.sha256()
for each in (model.wv.vectors, model.output_vectors, model.node_vectors):
    found.update(b"-" if each is None else each.tobytes())
sys.stdout.write(found.hexdigest() + "\\n")
"""


@pytest.mark.parametrize("mode", MODES)
def test_mpi_gives_the_bytes_of_one_process(mode, text):
    program = PROGRAM.format(dying=False, text=text, options=OPTIONS | MODES[mode])
    run = mpi("-c", program)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [digest(train(text, "local", **MODES[mode]))] * 2


def test_a_rank_of_mpi_that_dies_ends_all_and_the_checkpoint_goes_on(text, tmp_path):
    options = OPTIONS | dict(checkpoint=str(tmp_path / "run.w2v"), checkpoint_every="1 epoch")
    run = mpi("-c", PROGRAM.format(dying=True, text=text, options=options))
    assert run.returncode != 0 and not run.stdout.startswith(digest(train(text, "local")))
    model = w2v.train(resume=tmp_path / "run.w2v", cluster="local")
    assert digest(model) == digest(train(text, "local"))


def test_an_error_of_one_rank_of_mpi_is_told_by_all(text, tmp_path):
    program = PROGRAM.format(dying=False, text=text, options=OPTIONS | dict(min_count=10**6))
    run = mpi("-c", program)
    assert run.returncode != 0 and run.stderr.count("ValueError: min_count=1000000") == 2
    where = f"({text!r} if MPI.COMM_WORLD.rank else 'nowhere')"
    program = program.replace("import os, sys", "import os, sys").replace(repr(text), where)
    run = mpi("-c", "from mpi4py import MPI\n" + program)
    assert run.returncode != 0 and "FileNotFoundError: corpus='nowhere'" in run.stderr


def test_mpi_says_how_many_ranks_there_are(text):
    run = mpi("-c", f"import w2v; w2v.train({text!r}, cluster=w2v.Cluster('mpi', nodes=3))")
    assert "nodes=3: mpiexec has started 2 ranks" in run.stderr


def test_the_command_trains_under_mpiexec(text, tmp_path):
    options = ["--vector-size", "30", "--epochs", "3", "--min-count", "2", "--workers", "1"]
    output, report = tmp_path / "vectors.w2v", tmp_path / "report.json"
    command = ["-m", "w2v", "train", text, "-o", output, "--report", report, *options]
    run = mpi(*command, "--cluster", "mpi", "--seed", "1")
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("cluster: 2 nodes send") == run.stdout.count("Trained 3 epochs") == 1
    assert digest(w2v.Word2Vec.load(output)) == digest(train(text, "local"))
    assert '"nodes": 2' in report.read_text()


NAMESPACES = ("w2v-a", "w2v-b")


def ip(*arguments, **options):
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, **options)


@pytest.fixture
def wire():
    """Two network namespaces with a pair of virtual cards between them; yields the first's card."""
    try:
        for name in NAMESPACES:
            ip("netns", "add", name)
        ip("link", "add", "w2v0", "netns", "w2v-a", "type", "veth", "peer", "w2v1", "netns",
           "w2v-b")  # fmt: skip
        for i, name in enumerate(NAMESPACES):
            ip("-n", name, "addr", "add", f"10.199.0.{i + 1}/24", "dev", f"w2v{i}")
            ip("-n", name, "link", "set", f"w2v{i}", "up")
            ip("-n", name, "link", "set", "lo", "up")
    except (OSError, subprocess.CalledProcessError) as error:
        remove_namespaces()
        pytest.skip(f"this machine makes no network namespaces ({error})")
    yield
    remove_namespaces()


def remove_namespaces():
    for name in NAMESPACES:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


def test_what_goes_over_the_wire_is_what_the_formula_says(wire, text, tmp_path):
    pytest.importorskip("ray")
    ray = str(Path(sysconfig.get_path("scripts"), "ray"))
    usual = ["--num-cpus=1", "--object-store-memory=200000000", "--disable-usage-stats", "--block"]
    starts = [
        ["--head", "--node-ip-address=10.199.0.1", "--port=6399", "--include-dashboard=false"],
        ["--address=10.199.0.1:6399", "--node-ip-address=10.199.0.2"],
    ]
    program = f"""
import ray, pathlib, w2v, warnings
warnings.simplefilter("ignore")
ray.init(address="10.199.0.1:6399", _node_ip_address="10.199.0.1", log_to_driver=False)
while len(ray.nodes()) < 2:
    pass
def wire():
    folder = pathlib.Path("/sys/class/net/w2v0/statistics")
    return sum(int((folder / name).read_text()) for name in ("rx_bytes", "tx_bytes"))
from w2v.models import cluster_run
usual, seen = cluster_run.ClusterRun.train_chunk, []
def counted(self, show):
    before = wire()
    usual(self, show)
    seen.append(wire() - before)
cluster_run.ClusterRun.train_chunk = counted
model = w2v.train({text!r}, cluster="ray", vector_size=300, epochs=5, min_count=1, progress=False)
print(model.report.nodes, model.report.bytes_sent, sum(seen))
"""
    daemons = []
    try:
        for name, start in zip(NAMESPACES, starts, strict=True):
            command = ["ip", "netns", "exec", name, ray, "start", *start, *usual]
            daemons.append(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            time.sleep(8)
        run = subprocess.run(
            ["ip", "netns", "exec", "w2v-a", sys.executable, "-c", program],
            capture_output=True, text=True, timeout=200, env={**os.environ, "RAY_ADDRESS": ""},
        )  # fmt: skip
    finally:
        for daemon in daemons:
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(30)
    n_nodes, sent, passed = map(int, run.stdout.split()[-3:])
    assert n_nodes == 2 and sent > 20 << 20
    assert sent <= passed < 1.05 * sent
