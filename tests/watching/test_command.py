"""Commands for photos: a file name is a word, and never becomes part of a piece of code."""

from __future__ import annotations

import os

import pytest

from iqscore.errors import UsageError
from iqscore.watching.command import parse_command

pytestmark = pytest.mark.skipif(os.name == "nt", reason="quotes are others there")

REFUSED = """
sh -c {}
bash -c
bash -euc {}
bash -xc {}
bash -o pipefail -c {}
bash +x -c {}
/bin/bash -c {}
sh -c -- {}
sh -c -x {}
sh -c $0{}
sh -c 'rm {}'
sh -c {} sh {}
env sh -c {}
env A=1 nice bash -c {}
xargs -I% sh -c {}
fish -C {}
fish --command={}
python3 -c {}
python3.11 -Ec {}
python3 -c{}
perl -ne {}
perl -0777ne {}
perl -MPOSIX -E {}
perl -e{}
ruby -I lib -e {}
node -p {}
node -pe {}
node --eval {}
node --print={}
php -r {}
osascript -e {}
cmd /c copy {} D:
CMD.EXE /d /C {}
cmd /c{}
powershell -Command Get-Item {}
powershell tool.ps1 {}
pwsh -c {}
pwsh -NoProfile -Com Write-Host x -f {}
"""
TAKEN = """
sh -c 'cp "$1" /backup' sh {}
bash -euc 'cp "$1" /backup' sh {}
bash -euo pipefail -c 'cp "$1" /backup' sh {}
env sh -c 'cp "$1" /backup' sh {}
sh {}
bash backup.sh -c {}
python3 tool.py -c {}
python3 -m tool --check {}
python3 tool.py --photo={}
perl -i.bak -pe s/a/b/ {}
perl -MPOSIX -e 'print @ARGV' {}
node tool.js -p {}
env python3 tool.py -c {}
convert {} -c copy
ffmpeg -i {} -c copy out.mp4
tar -cf photos.tar {}
powershell -NoProfile -File tool.ps1 {}
pwsh -NoProfile tool.ps1 {}
tool cmd {}
"""


@pytest.mark.parametrize("text", REFUSED.strip().splitlines())
def test_a_file_name_is_not_run_as_code(text: str) -> None:
    with pytest.raises(UsageError, match="would run a file name as code"):
        parse_command(text)


@pytest.mark.parametrize("text", TAKEN.strip().splitlines())
def test_a_file_name_may_be_a_word_for_code(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda word: word)
    assert "{}" in " ".join(parse_command(text).words)
