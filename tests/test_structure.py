"""What is imported when, which names are ours in pySigma's namespace, what the wheel holds."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from conftest import ROOT

SEED = ROOT / "sigma/rules/cloud/aws/cloudtrail/aws_cloudtrail_iam_user_created_by_ec2_role.yml"
NEVER = {"requests", "urllib3", "rich", "pydantic", "diskcache", "sigma.plugins", "http.client"}
"""What no conversion needs: network, styling, caches, the search for plug-ins."""


def modules_after(code: str, cwd: Path = ROOT) -> set[str]:
    program = f"import sys\n{textwrap.dedent(code)}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


RUN = """
    sys.argv = {arguments!r}
    from sigmacast import app
    app._leave = sys.exit  # the program leaves without a look back
    try:
        app.main()
    except SystemExit as end:
        assert not end.code, end.code
"""


def test_help_imports_no_sigma_at_all():
    loaded = modules_after(RUN.format(arguments=["sigmacast", "--help"]))
    ours = {name for name in loaded if name.startswith("sigmacast")}
    assert ours == {
        "sigmacast",
        "sigmacast.app",
        "sigmacast.commands",
        "sigmacast.commands.check",
        "sigmacast.commands.contribute",
        "sigmacast.commands.convert",
        "sigmacast.commands.coverage",
        "sigmacast.commands.diff",
        "sigmacast.commands.explain",
        "sigmacast.commands.listing",
        "sigmacast.commands.match",
        "sigmacast.commands.new",
        "sigmacast.commands.parameters",
        "sigmacast.commands.plain",
        "sigmacast.commands.synth",
        "sigmacast.commands.test",
        "sigmacast.commands.verify",
        "sigmacast.commands.view",
        "sigmacast.exit_codes",
    }
    assert not loaded & (NEVER | {"sigma", "yaml", "jinja2", "pyparsing"})


@pytest.mark.parametrize(
    ("target", "backends"),
    [
        ("kql", set()),
        ("splunk", {"sigma.backends.splunk"}),
        ("lucene", {"sigma.backends.elasticsearch"}),
    ],
)
def test_convert_imports_what_it_needs(target, backends):
    loaded = modules_after(RUN.format(arguments=["sigmacast", "convert", "-t", target, str(SEED)]))
    assert not loaded & NEVER
    assert {name for name in loaded if name.startswith("sigmacast.targets.")} == {
        "sigmacast.targets.base",
        "sigmacast.targets.conditions",
        "sigmacast.targets.features",
        f"sigmacast.targets.{target}",
        *(f"sigmacast.targets.{name}" for name in ("elastic", "escaping") if target != "splunk"),
        *(["sigmacast.targets.lucene_regex"] if target == "lucene" else []),
        *(["sigmacast.targets.spl_eval"] if target == "splunk" else []),
    }
    found = {".".join(n.split(".")[:3]) for n in loaded if n.startswith("sigma.backends.")}
    assert found == backends


def test_bare_queries_load_nothing_of_artifacts():
    loaded = modules_after(RUN.format(arguments=["sigmacast", "convert", "-t", "kql", str(SEED)]))
    assert not {name for name in loaded if name.startswith("sigmacast.artifacts")}
    assert not loaded & {"sigmacast.deploying", "sigmacast.deployment", "jsonschema"}


def test_importing_the_library_is_light():
    assert "sigma.rule" not in modules_after("import sigmacast")


def test_the_public_functions_stay_functions():
    """A submodule of the same name would take the place of a function once it is imported."""
    import sigmacast

    list(sigmacast.convert(sigmacast.load([SEED]), ["kql"]))
    for name in sigmacast.__all__:
        assert not isinstance(getattr(sigmacast, name), type(sys)), name


def test_the_repositorys_sigma_folder_hides_nothing_of_pysigma():
    assert not (ROOT / "sigma" / "__init__.py").exists()
    assert not (ROOT / "cli" / "sigma" / "__init__.py").exists()
    folders = {path.name for path in (ROOT / "sigma").iterdir()}
    assert not folders & {"backends", "pipelines", "validators", "data"}
    assert not list((ROOT / "sigma").rglob("*.py")) and not list((ROOT / "pipelines").rglob("*.py"))
    modules_after("import sigma.rule, sigma.backends.splunk, sigma.backends.kql", cwd=ROOT)


def test_a_plug_in_portion_holds_one_name():
    for path in (ROOT / "cli" / "sigma" / "backends").glob("*/__init__.py"):
        module = __import__(f"sigma.backends.{path.parent.name}", fromlist=["x"])
        (name,) = module.__all__
        assert getattr(module, name).identifier == path.parent.name


@pytest.fixture(scope="session")
def installed_wheel(tmp_path_factory) -> Path:
    """Our wheel, built and unpacked into a folder of its own."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", place, ROOT]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = place.glob("*.whl")
    target = place / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
    subprocess.run([*install, wheel], check=True, capture_output=True)
    return target


def test_the_wheel_holds_the_data_that_the_repository_has(installed_wheel):
    data = installed_wheel / "sigmacast" / "data"
    for folder in ("sigma", "pipelines", "tables"):
        shipped = {path.relative_to(data) for path in (data / folder).rglob("*") if path.is_file()}
        kept = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert shipped == kept
    assert (installed_wheel / "sigmacast" / "py.typed").exists()


OFFLINE = """
import socket
def refuse(*arguments, **options):
    raise OSError("no network in this test")
socket.socket = socket.create_connection = refuse
"""


@pytest.mark.parametrize("target", ["kql", "splunk", "eql", "esql", "lucene"])
def test_the_wheel_works_elsewhere_without_network(installed_wheel, tmp_path, target):
    rules = installed_wheel / "sigmacast" / "data" / "sigma" / "rules"
    program = f"""{OFFLINE}
import sys, sigmacast
assert sigmacast.__file__.startswith({str(installed_wheel)!r}), sigmacast.__file__
sys.argv = ["sigmacast", "convert", "-q", "-t", {target!r}, {str(rules)!r}]
from sigmacast.app import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed_wheel)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr  # 1: some rules are refused by name
    assert "CreateUser" in done.stdout and "Traceback" not in done.stderr
