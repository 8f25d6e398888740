#!/usr/bin/env python3
"""
Set blindbox up and use it; needs nothing but Python 3.11 or newer.

    python3 dev.py run       serve it all: API, admin, worker and beat in one process, an offline WeChat beside it
    python3 dev.py test      run the tests; arguments go to pytest
    python3 dev.py check     format, lint, types, layers, migrations, deployment settings, OpenAPI
    python3 dev.py manage    run a manage.py command, for example: python3 dev.py manage demo_flow

A run on other data is named to its commands too: python3 dev.py manage --data DIR demo_flow (its ports are noted there)
Each makes .venv from the locks in requirements/ first, if it is not there. Mirrors: PIP_INDEX_URL or pip.conf.
"""

import argparse
import base64
import configparser
import errno
import hashlib
import html
import importlib.util
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

if sys.version_info < (3, 11):  # noqa: UP036 - this file is the one that an older Python may meet
    sys.exit("dev.py: Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2])  # noqa: UP031  which knows no f-string

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.txt"
INSTALL_LOG = VENV / "install.log"
LOCKS = ROOT / "requirements"
CONTAINS = {"test": ("base",), "check": ("base", "test"), "e2e": ("base", "test")}  # each lock is complete in itself

PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
PIP_CONFIGS = (
    Path("/etc/pip.conf"),
    Path.home() / ".pip" / "pip.conf",
    Path.home() / ".config" / "pip" / "pip.conf",
    Path.home() / "Library" / "Application Support" / "pip" / "pip.conf",
)
MYSQL_ADVICE = (
    "mysqlclient needs a compiler and the client's headers:\n"
    "  Debian, Ubuntu: apt-get install build-essential python3-dev default-libmysqlclient-dev pkg-config\n"
    "  macOS:          brew install mysql-client pkg-config"
)
INDEX_ADVICE = "check the network, or name a mirror: PIP_INDEX_URL=https://… python3 dev.py …"
SPACE_FOR_PACKAGES_MB, SPACE_FOR_DATA_MB = 500, 50


class Trouble(Exception):
    """What stops us, in words for the person at the keyboard."""


def say(line: str) -> None:
    print(line, flush=True)


# -- the environment --------------------------------------------------------------------------------------------------


def install(*locks: str) -> None:
    """Make the virtual environment hold these locked files; costs nothing when it already does."""
    missing = [lock for lock in locks if lock not in installed()]
    if not missing:
        return
    need_space(ROOT, SPACE_FOR_PACKAGES_MB)
    make_venv()
    for lock in missing:
        say(f"installing requirements/{lock}.txt into .venv …")
        install_lock(lock)
        STAMP.write_text(" ".join([stamp_key(), *sorted({*installed(), lock})]))


def installed() -> set[str]:
    """Return the locks that were installed as they read now, by the Python that runs now."""
    try:
        key, *locks = STAMP.read_text().split()
    except (OSError, ValueError):
        return set()
    if key != stamp_key() or not PYTHON.exists():
        return set()
    return {name for lock in locks for name in (lock, *CONTAINS.get(lock, ()))}


def stamp_key() -> str:
    """Return one key over all locks: they share the environment, so a change of one puts the others in doubt."""
    content = b"".join(path.name.encode() + path.read_bytes() for path in sorted(LOCKS.glob("*.txt")))
    return f"{sys.version_info.major}.{sys.version_info.minor}-{hashlib.sha256(content).hexdigest()}"


def make_venv() -> None:
    if venv_fits():
        return
    say("making .venv …")
    with_pip = importlib.util.find_spec("ensurepip") is not None  # Debian and Ubuntu package it apart
    options = ["--clear"] if with_pip else ["--clear", "--without-pip"]
    subprocess.run([sys.executable, "-m", "venv", *options, str(VENV)], check=True, stdout=subprocess.DEVNULL)


def venv_fits() -> bool:
    try:
        config = (VENV / "pyvenv.cfg").read_text()
    except OSError:
        return False
    version = re.search(r"^version(?:_info)? = (\d+)\.(\d+)", config, re.MULTILINE)
    return PYTHON.exists() and version is not None and (int(version[1]), int(version[2])) == sys.version_info[:2]


def install_lock(lock: str) -> None:
    environment = dict(os.environ)
    command = uv_command(environment) or pip_command()
    command += ["--no-deps", "--require-hashes", "-r", str(LOCKS / f"{lock}.txt")]
    output = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            output.append(line)
            if line.startswith("Collecting "):
                say("  " + line.split()[1])
    INSTALL_LOG.write_text("".join(output))
    if pip.returncode:
        raise Trouble(f"requirements/{lock}.txt could not be installed: {reason(lock, ''.join(output))}")


def reason(lock: str, output: str) -> str:
    """Find the line of an installer's output that says what to do."""
    if "No space left on device" in output:
        return "the disk is full"
    if "DO NOT MATCH THE HASHES" in output or "Hash mismatch" in output:
        return "a download does not match its hash; see .venv/install.log"
    if lock == "mysql":
        return MYSQL_ADVICE
    if re.search(r"NewConnectionError|NameResolutionError|ConnectTimeout|[Cc]onnection|dns error|certificate", output):
        return f"the package index cannot be reached; {INDEX_ADVICE}"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return re.sub(r"https?://\S+", "…", lines[-1] if lines else "no output") + " (see .venv/install.log)"


def uv_command(environment: dict[str, str]) -> list[str] | None:
    """Return uv's install command if uv works here; it does not read pip's settings, so they are handed over."""
    uv = shutil.which("uv")
    if uv is None or subprocess.run([uv, "--version"], capture_output=True, check=False).returncode:
        return None
    handed_over = {
        "UV_DEFAULT_INDEX": pip_setting("index-url"),
        "UV_INDEX": " ".join((pip_setting("extra-index-url") or "").split()),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip does; the hashes decide what is taken
        "UV_FIND_LINKS": ",".join((pip_setting("find-links") or "").split()),
        "SSL_CERT_FILE": pip_setting("cert"),
    }
    for name, value in handed_over.items():
        if value:
            environment.setdefault(name, value)
    return [uv, "pip", "install", "--python", str(PYTHON)]


def pip_command() -> list[str]:
    if subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode:
        wheel = fetch_pip()
        own_install = [str(PYTHON), str(wheel / "pip"), "install", "--quiet", "--no-index", str(wheel)]
        subprocess.run(own_install, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]


def pip_setting(name: str) -> str | None:
    """Return what pip would use: its environment variable, else the pip.conf where people write their mirror."""
    value = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if value:
        return value
    config = configparser.RawConfigParser(strict=False)
    config.read([*PIP_CONFIGS, os.environ.get("PIP_CONFIG_FILE", os.devnull)], encoding="utf-8")
    sections = [section for section in ("install", "global") if config.has_option(section, name)]
    return config.get(sections[0], name) if sections else None


def fetch_pip() -> Path:
    """Bring the pinned pip wheel, from a folder of wheels or from the index, and hold it against its hash."""
    for folder in (pip_setting("find-links") or "").split():
        if (Path(folder) / PIP_WHEEL).is_file():
            return checked(Path(folder) / PIP_WHEEL)
    page_url = (pip_setting("index-url") or "https://pypi.org/simple").rstrip("/") + "/pip/"
    link = re.search(rf'href="([^"]*{re.escape(PIP_WHEEL)}[^"]*)"', download(page_url).decode(errors="replace"))
    if link is None:
        raise Trouble(f"the package index has no {PIP_WHEEL}; install the python3-venv package or uv instead")
    wheel = VENV / PIP_WHEEL
    wheel.write_bytes(download(urllib.parse.urljoin(page_url, html.unescape(link[1]))))
    return checked(wheel)


def checked(wheel: Path) -> Path:
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != PIP_SHA256:
        raise Trouble(f"{PIP_WHEEL} does not match its pinned hash, so it is not used")
    return wheel


def download(url: str) -> bytes:
    parts = urllib.parse.urlsplit(url)
    request = urllib.request.Request(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())
    if parts.username:  # a private mirror: urllib does not take a password inside the address
        login = urllib.parse.unquote(f"{parts.username}:{parts.password or ''}")
        request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    try:
        context = ssl.create_default_context(cafile=pip_setting("cert"))
        with urllib.request.urlopen(request, timeout=60, context=context) as response:
            return bytes(response.read())
    except urllib.error.URLError as error:
        raise Trouble(f"pip cannot be fetched from the package index ({error.reason}); {INDEX_ADVICE}") from error


def need_space(folder: Path, megabytes: int) -> None:
    free = shutil.disk_usage(folder).free // 2**20
    if free < megabytes:
        raise Trouble(f"the disk is full: {folder} has {free} MB left, {megabytes} MB are needed")


# -- run --------------------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> NoReturn:
    options = run_options(arguments)
    need_port(options.port, "--port")
    need_port(options.sandbox_port, "--sandbox-port")
    install("base", *database_lock())
    place = place_of(options)
    data = Path(place["BLINDBOX_DATA"])
    data.mkdir(parents=True, exist_ok=True)
    need_space(data, SPACE_FOR_DATA_MB)
    become("-m", "blindbox.embedded", *options.demo, environment=django_environment(**place))


def run_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py run", description="Serve everything on this machine.")
    add_place(parser)
    parser.add_argument("--no-demo", dest="demo", action="store_const", const=["--no-demo"], default=[])
    options = parser.parse_args(arguments)
    if options.port == options.sandbox_port:
        parser.error("--port and --sandbox-port must differ")
    return options


def add_place(parser: argparse.ArgumentParser) -> None:
    """Declare where a shop of this machine is: its ports and its data."""
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    parser.add_argument("--sandbox-port", type=int, default=os.environ.get("SANDBOX_PORT", "8001"))
    parser.add_argument("--data", default=os.environ.get("BLINDBOX_DATA", str(ROOT / ".data")), metavar="DIR")


def place_of(options: argparse.Namespace) -> dict[str, str]:
    ports = {"PORT": str(options.port), "SANDBOX_PORT": str(options.sandbox_port)}
    return {"BLINDBOX_DATA": str(Path(options.data).resolve()), **ports}


def remembered_ports(data: str) -> dict[str, str]:
    """Return the ports of the latest run on this data, where the environment names none."""
    noted = Path(data) / "ports"  # by blindbox.embedded
    ports = zip(("PORT", "SANDBOX_PORT"), noted.read_text().split() if noted.is_file() else (), strict=False)
    return {name.lower(): port for name, port in ports if name not in os.environ}


def need_port(port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            detail = "is in use" if getattr(error, "errno", None) == errno.EADDRINUSE else f"cannot be used ({error})"
            raise Trouble(f"port {port} {detail}; choose another: python3 dev.py run {option} …") from error


def database_lock() -> list[str]:
    return ["mysql"] if os.environ.get("DATABASE_URL", "").startswith("mysql") else []


def become(*arguments: str, environment: dict[str, str]) -> NoReturn:
    """Go on as the environment's Python: signals and the exit code need no go-between."""
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), *arguments], environment)


def django_environment(**values: str) -> dict[str, str]:
    environment = {"MALLOC_ARENA_MAX": "2", "BLINDBOX_DATA": str(ROOT / ".data"), **os.environ, **values}
    if not environment.get("DJANGO_SETTINGS_MODULE", "").startswith("blindbox."):
        environment["DJANGO_SETTINGS_MODULE"] = "blindbox.settings.dev"
    return environment


# -- test, check, manage ----------------------------------------------------------------------------------------------


def test(arguments: list[str]) -> NoReturn:
    in_browser = any("tests/e2e" in argument for argument in arguments)  # they need Playwright and Debian's chromium
    install("e2e" if in_browser else "test", *database_lock())
    environment = django_environment(DJANGO_SETTINGS_MODULE="blindbox.settings.test")
    arguments = arguments if in_browser else ["--ignore", "tests/e2e", *(arguments or ["-n", "auto"])]
    become("-m", "pytest", "-rs", *arguments, environment=environment)  # -rs: nothing is skipped without its reason


def manage(arguments: list[str]) -> NoReturn:
    place, command = manage_options(arguments)
    install("base", *database_lock())
    become("manage.py", *command, environment=django_environment(**place))


def manage_options(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return which shop is meant by the options before the command, and the command with what is its own."""
    parser = argparse.ArgumentParser(prog="dev.py manage", add_help=False, allow_abbrev=False)
    add_place(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    parser.set_defaults(**remembered_ports(parser.parse_known_args(arguments)[0].data))
    options, before = parser.parse_known_args(arguments)  # --help or --version, which manage.py answers
    return place_of(options), [*before, *options.command]


def check(arguments: list[str]) -> int:
    argparse.ArgumentParser(prog="dev.py check", description="Everything but the tests.").parse_args(arguments)
    install("check", *database_lock())
    failed = [title for title, command, settings in checks() if not passes(title, command, settings)]
    say(f"failed: {', '.join(failed)}" if failed else "all checks pass")
    return 1 if failed else 0


def checks() -> list[tuple[str, list[str], str]]:
    django = [str(PYTHON), "manage.py"]
    deploy = ["check", "--deploy", "--fail-level", "WARNING", "--database", "default"]  # WARNING: models.W036 too
    openapi = ["spectacular", "--validate", "--fail-on-warn", "--file", os.devnull]
    return [
        ("format", [str(PYTHON), "-m", "ruff", "format", "--check", "."], "test"),
        ("lint", [str(PYTHON), "-m", "ruff", "check", "."], "test"),
        ("types", [str(PYTHON), "-m", "mypy"], "test"),
        ("layers", [str(PYTHON.parent / "lint-imports")], "test"),
        ("migrations", [*django, "makemigrations", "--check", "--dry-run"], "test"),
        ("deployment", [*django, *deploy], "production"),
        ("OpenAPI", [*django, *openapi], "test"),
    ]


def passes(title: str, command: list[str], settings: str) -> bool:
    say(f"-- {title}")
    environment = django_environment(DJANGO_SETTINGS_MODULE=f"blindbox.settings.{settings}")
    if settings == "production":
        environment = {**PLAUSIBLE_PRODUCTION, **environment}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


PLAUSIBLE_PRODUCTION = {
    "ALLOWED_HOSTS": "shop.example.com",
    "DATABASE_URL": "sqlite://:memory:",
    "CACHE_URL": "redis://127.0.0.1:6379/1",
    "BROKER_URL": "amqp://127.0.0.1:5672//",
    "WECHAT_NOTIFY_BASE": "https://shop.example.com",
    "WECHAT_APP_ID": "wx0000000000000000",
    "WECHAT_APP_SECRET": "check",
    "WECHAT_MCH_ID": "1900000000",
    "WECHAT_MCH_SERIAL": "check",
    "WECHAT_MCH_PRIVATE_KEY_FILE": "/etc/blindbox/apiclient_key.pem",
    "WECHAT_API_V3_KEY": "0123456789abcdef0123456789abcdef",
    "WECHAT_PAY_PUBLIC_KEY_FILE": "/etc/blindbox/wechatpay_public_key.pem",
    "WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_check",
    "SECRET_KEY": "only-to-check-the-settings-" + 4 * "0123456789abcdef",
    "JWT_KEY": "only-to-check-the-settings-" + 2 * "0123456789abcdef",
    "DRAW_SECRET_KEYS": "check:" + base64.b64encode(bytes(range(32))).decode(),
}

COMMANDS: dict[str, Callable[[list[str]], int]] = {"run": run, "test": test, "check": check, "manage": manage}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__.strip(), file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"], ["help"]) else 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except Trouble as trouble:
        message = str(trouble)
    except subprocess.CalledProcessError as error:
        message = f"{' '.join(map(str, error.cmd))} failed with exit code {error.returncode}"
    except OSError as error:
        message = "the disk is full" if error.errno == errno.ENOSPC else str(error)
    except KeyboardInterrupt:
        say("stopped")
        return 130
    print(f"dev.py: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
