"""What a file has beside its bytes and name: owner, permissions, extended attributes."""

from __future__ import annotations

import errno
import os
import stat
import sys

_ACL = "system.posix_acl_access"
_UNSUPPORTED = frozenset([errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS])


def copy_attributes(source: int, target: int) -> None:
    """Give one open file the owner, mode and extended attributes of another.

    Raises OSError where that is not possible, so that nobody is locked out of a photo, or let in.
    """
    status = os.fstat(source)
    _copy_owner(status, target)
    _copy_extended(source, target)
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(target).st_mode) != stat.S_IMODE(status.st_mode):
        os.fchmod(target, stat.S_IMODE(status.st_mode))


def _copy_owner(status: os.stat_result, target: int) -> None:
    mine = os.fstat(target)
    if hasattr(os, "fchown") and (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(target, status.st_uid, status.st_gid)


if sys.platform == "linux":

    def _copy_extended(source: int, target: int) -> None:
        names = _list_extended(source)
        # a folder may hand on a list of its own to new files
        for name in {_ACL}.intersection(_list_extended(target)).difference(names):
            os.removexattr(target, name)
        for name in names:
            try:
                os.setxattr(target, name, os.getxattr(source, name))
            except OSError:
                # others than these are the system's, which sets them itself
                if name == _ACL or name.startswith("user."):
                    raise

    def _list_extended(descriptor: int) -> list[str]:
        try:
            return os.listxattr(descriptor)
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return []
            raise

elif sys.platform == "darwin":
    import ctypes

    _COPY_ACL, _COPY_XATTR = 1, 4

    def _copy_extended(source: int, target: int) -> None:
        # Python has no function for them here; Finder's tags and comments are among them
        copy = ctypes.CDLL(None, use_errno=True).fcopyfile
        copy.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32]
        if copy(source, target, None, _COPY_ACL | _COPY_XATTR) < 0 and ctypes.get_errno() not in _UNSUPPORTED:
            raise PermissionError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

else:

    def _copy_extended(source: int, target: int) -> None:
        """Take them as they are where Python has no way to them."""
