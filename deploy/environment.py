"""Makes `.venv` from a lock file, only when the lock changed. Standard library only, readable by any Python 3.

Usage: python3 deploy/environment.py [--dev]
"""

import hashlib
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed")
OLDEST = (3, 11)


def main():
    if sys.version_info < OLDEST:
        give_up("Python 3.11 or newer is needed, this is %d.%d; PYTHON=… names another" % sys.version_info[:2])
    try:
        import ensurepip  # noqa: F401 Debian's python3 comes without it
        import fcntl
        import venv
    except ImportError as error:
        give_up("Python's %s module is missing (on Debian: apt-get install python3-venv)" % error.name)
    with open(os.path.join(HERE, "Makefile")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        dev = "--dev" in sys.argv[1:] or installed().startswith("dev ")
        wanted = ("dev " if dev else "run ") + fingerprint(dev)
        if installed() != wanted or not works():
            install(venv, "requirements-dev.lock" if dev else "requirements.lock", wanted)


def fingerprint(dev):
    """What the environment depends on: the lock, this script, the metadata, the Python, and where the tree lies."""
    digest = hashlib.sha256("|".join((sys.version, HERE)).encode())
    for name in ("requirements-dev.lock" if dev else "requirements.lock", "pyproject.toml", "deploy/environment.py"):
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def installed():
    try:
        with open(STAMP) as file:
            return file.read()
    except OSError:
        return ""


def works():
    return os.path.exists(PYTHON) and subprocess.call([PYTHON, "-c", ""]) == 0


def install(venv, lock, stamp):
    """Make the environment; pip with hashes brings uv, uv with hashes the rest."""
    began = time.time()
    print("Installing %s into .venv …" % lock, flush=True)
    if os.path.exists(STAMP):
        os.remove(STAMP)
    if not works() or not os.path.exists(os.path.join(VENV, "bin", "pip")):
        venv.create(VENV, clear=True, with_pip=True)
    uv = os.path.join(VENV, "bin", "uv")
    bring_uv(lock)
    run(uv, "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", "--allow-empty-requirements", lock)
    run(uv, "pip", "install", "--quiet", "--python", PYTHON, "--no-deps", "--no-build-isolation", "--editable", ".")
    with open(STAMP, "w") as file:
        file.write(stamp)
    print("Installed in %.0f s." % (time.time() - began))


def bring_uv(lock):
    with open(os.path.join(HERE, lock)) as file:
        blocks = file.read().replace("\\\n", " ").splitlines()
    only = os.path.join(VENV, "uv.lock.txt")
    with open(only, "w") as file:
        file.write("\n".join(line for line in blocks if line.startswith("uv==")) + "\n")
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", only)


def run(*command):
    if subprocess.call(command, cwd=HERE, env=environment()) != 0:
        give_up("the environment can't be made: %s failed, its lines above say why" % os.path.basename(command[0]))


def environment():
    """uv knows nothing of pip's settings: hand over the mirror and the certificates set up for pip."""
    variables = dict(os.environ, UV_NO_PROGRESS="1", UV_LINK_MODE=os.environ.get("UV_LINK_MODE", "copy"))
    asked = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True)
    told = dict(line.split("=", 1) for line in asked.stdout.splitlines() if "=" in line)
    for pip_name, uv_name in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        value = told.get(":env:." + pip_name, told.get("user." + pip_name, told.get("global." + pip_name)))
        if value and uv_name not in variables:
            variables[uv_name] = value.strip("'")
    return variables


def give_up(line):
    sys.stderr.write("mutua: %s\n" % line)
    sys.exit(1)


if __name__ == "__main__":
    main()
