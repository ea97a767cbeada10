"""A command run for each photo: a file name is only ever one of its words, and no shell is asked."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from iqscore.errors import UsageError
from iqscore.records import PhotoScore
from iqscore.writers import to_json, to_record

_PATIENCE_SECONDS = 5
_CODE = re.compile(r"""[\s;|&<>()$`"'\\]""" if os.name != "nt" else r"""[\s;|&<>()$`"'%^]""")
_CODE_LETTERS = {
    **dict.fromkeys(["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "csh", "tcsh"], "c"),
    **{"fish": "cC", "python": "c", "pythonw": "c", "pypy": "c", "py": "c", "perl": "eE", "ruby": "e"},
    **{"node": "ep", "nodejs": "ep", "php": "rBRE", "lua": "e", "osascript": "e"},
}
"""By program, the one-letter options whose next word is a piece of code; some other letters may stand with them."""
_CODE_NAMES = frozenset(["--eval", "--print", "--command", "--init-command", "--run"])
_SAFE = "pass the photo as a word of its own: sh -c 'cp -n \"$1\" /backup' sh {}"


@dataclass(frozen=True, slots=True)
class Command:
    """The words of a command; `{}` in one is the photo, `{score}`, `{label}` and `{stars}` what was said of it."""

    words: tuple[str, ...]

    def to_words(self, photo: PhotoScore) -> list[str]:
        """Return the words for a photo."""
        # a name that begins with a dash would be an option
        path = os.path.join(os.curdir, photo.path) if photo.path.startswith("-") else photo.path  # noqa: PTH118
        values = {"{score}": f"{photo.score:.1f}", "{label}": photo.label, "{stars}": str(photo.stars), "{}": path}
        return [re.sub(r"\{(?:score|label|stars)?\}", lambda found: values[found[0]], word) for word in self.words]

    def run(self, photo: PhotoScore, *, to_stderr: bool) -> str | None:
        """Run the command, the photo's record on its standard input; return what went wrong, or None.

        What it prints goes to standard output, or to standard error where that has the results. Where a signal ends
        the program, the command is waited for for a moment and then ended too.
        """
        record = to_json(to_record(photo)) + b"\n"
        stdout = sys.stderr if to_stderr else None
        try:
            process = subprocess.Popen(self.to_words(photo), stdin=subprocess.PIPE, stdout=stdout)  # noqa: S603
        except (OSError, ValueError) as error:
            return f"{self.words[0]} cannot be run ({getattr(error, 'strerror', None) or error})"
        with process:
            try:
                process.communicate(record)
            except BaseException:
                _end(process)
                raise
        return None if process.returncode == 0 else f"{self.words[0]} ended with status {process.returncode}"


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def parse_command(text: str) -> Command:
    """Return the command that a text says, with the photo as its last word where `{}` stands nowhere.

    Raises UsageError where there is no such program, and where a file name would become part of a piece of code.
    """
    try:
        words = shlex.split(text, posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(f"--exec {text!r}: a quote is not closed ({error})") from error
    if os.name == "nt":
        words = [word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word for word in words]
    if not words:
        raise UsageError("--exec: name a command, such as --exec 'cp -n {} /backup'")
    if not any("{}" in word for word in words):
        words.append("{}")
    words = [os.path.expanduser(word) for word in words]  # noqa: PTH111 - no shell does it
    for at, word in enumerate(words):
        if "{}" in word and (_CODE.search(word) or _is_code(words[:at], word)):
            raise UsageError(f"--exec: {word!r} would run a file name as code; {_SAFE}")
    if shutil.which(words[0]) is None:
        raise UsageError(f"--exec: there is no program {words[0]!r}; check the spelling")
    return Command(tuple(words))


def _is_code(before: list[str], word: str) -> bool:
    """Tell whether a shell or an interpreter among the words before takes a word as a program in its language."""
    # -e{} and --eval={}
    glued = word.partition("{}")[0].rstrip("=")
    return any(_takes_code(_to_program(name), [*before[at + 1 :], glued]) for at, name in enumerate(before))


def _to_program(word: str) -> str:
    """Return "python" for "/usr/bin/python3.11" and "cmd" for "CMD.EXE"."""
    return re.sub(r"[\d.]+$", "", Path(word).name.lower().removesuffix(".exe"))


def _takes_code(program: str, words: list[str]) -> bool:
    """Tell whether a program takes what follows these words as code."""
    if program == "cmd":
        return any(word.lower() in {"/c", "/k", "/r"} for word in words)
    if program in ("powershell", "pwsh"):
        return _is_joined(program, [word.lower() for word in words])
    is_script = len(words) > 1 and not words[0].startswith(("-", "+"))
    if is_script or program not in _CODE_LETTERS:
        return False
    letters = re.compile(rf"-\w*[{_CODE_LETTERS[program]}]\w*")
    options = [at for at, word in enumerate(words) if word in _CODE_NAMES or letters.fullmatch(word)]
    # a word between the last of them and the photo is the code, and the photo a word for it
    return bool(options) and (options[-1] >= len(words) - 2 or words[options[-1] + 1].startswith("-"))


def _is_joined(program: str, words: list[str]) -> bool:
    """Tell whether a PowerShell makes one piece of code of all that follows, as the older one does unasked."""
    for word in words:
        if word in ("-file", "-f"):
            return False
        if len(word) > 1 and "-command".startswith(word):
            return True
    return program == "powershell"
