"""Open sockets in another network namespace (setns(2)); the way there is a thread that ends, so nothing has to be undone."""

import ctypes
import errno
import os
import socket
import sys
import threading
from typing import Final

from probe.wire.errors import RefusedError

_NEW_NET: Final = 0x40000000  # CLONE_NEWNET, linux/sched.h


def socket_in(path: str, family: int, kind: int, protocol: int) -> socket.socket:
    """Open a socket in the namespace at `path`. Raises RefusedError when it is not there or not for us, else OSError.

    A namespace belongs to a thread (setns(2)), and a socket for ever to the one it was opened in.
    """
    if sys.platform != "linux":
        raise RefusedError(errno.ENOSYS, "local.binding_refused", "only Linux has network namespaces")
    outcome: list[socket.socket | OSError] = []

    def enter_and_open() -> None:
        try:
            _enter(path)
            outcome.append(socket.socket(family, kind, protocol))
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=enter_and_open, name="netns")
    thread.start()
    thread.join()
    found = outcome[0]
    if isinstance(found, OSError):
        raise found
    return found


def _enter(path: str) -> None:
    try:
        namespace = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise RefusedError(
            errno.ENODEV, "local.interface_down", f"there is no network namespace {path}"
        ) from error
    except PermissionError as error:
        raise _not_permitted(path) from error
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if library.setns(namespace, _NEW_NET) == 0:
            return
        number = ctypes.get_errno()
        if number == errno.EPERM:
            raise _not_permitted(path)
        raise RefusedError(
            number, "local.interface_down", f"{path} is no network namespace: {os.strerror(number)}"
        )
    finally:
        os.close(namespace)


def _not_permitted(path: str) -> RefusedError:
    sentence = f"entering the network namespace {path} needs root (CAP_SYS_ADMIN), and nothing was sent"
    return RefusedError(errno.EPERM, "local.binding_refused", sentence)
