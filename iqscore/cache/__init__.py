"""The cache: a SQLite file with what was seen in photos, found by a photo's path, size and time, or by its content.

Nothing in it is worth more than the time it took: what is damaged is made anew, what does not fit is forgotten.
"""

from iqscore.cache.place import NAME, VARIABLE, get_cache_file
from iqscore.cache.store import MAX_BYTES, Entry, Move, Store, open_store
from iqscore.cache.upkeep import Info, clear_cache, read_info

__all__ = [
    "MAX_BYTES",
    "NAME",
    "VARIABLE",
    "Entry",
    "Info",
    "Move",
    "Store",
    "clear_cache",
    "get_cache_file",
    "open_store",
    "read_info",
]
