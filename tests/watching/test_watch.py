"""`iqscore watch` in a process of its own: bursts, half-written photos, moves, mounts that go and come back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from threading import Timer

import pytest

from tests.pictures import make_scene
from tests.program import REAL, Ended, read_lines, run
from tests.watching.program import END, PATIENCE, WHOLE, collect, put, read_stderr_line, to_data, wait_until, watched

QUICK = ("--settle", "0.3", "--jobs", "2")
EITHER_WAY = pytest.mark.parametrize("way", [[], ["--poll", "0.3"]], ids=["told", "polled"])


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Return an empty folder to watch."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def drop(inbox: Path) -> None:
    """Drop 1,000 photos at once: every tenth half-written, every tenth removed again."""
    (inbox / "later").mkdir()
    for number in range(1000):
        name = f"{number:04}.jpg"
        path = inbox / ("later" if number % 3 == 0 else "") / name
        data = to_data(number % 100)
        path.write_bytes(data[:700] if number % 10 == 1 else data)
        if number % 10 == 2:
            path.unlink()


def complete(inbox: Path) -> None:
    """Write the other half of half of the half-written ones."""
    for path in sorted(inbox.rglob("*.jpg")):
        number = int(path.stem)
        if number % 20 == 1:
            with path.open("ab") as file:
                file.write(to_data(number % 100)[700:])


@EITHER_WAY
def test_a_thousand_photos_at_once(way: list[str], inbox: Path) -> None:
    with watched(str(inbox), *QUICK, *way) as process:
        drop(inbox)
        # some while others are scored already
        Timer(1, complete, [inbox]).start()
        records = read_lines(collect(process, 900, lambda data: data.count(b'"status":"ok"') >= 850))
    there = {str(path): path.read_bytes().endswith(END) for path in inbox.rglob("*.jpg")}
    assert Counter(there.values()) == {True: 850, False: 50}
    scored = Counter(record["path"] for record in records if record["status"] == "ok")
    assert scored == Counter(path for path, is_whole in there.items() if is_whole)
    failed = Counter(record["path"] for record in records if record["status"] == "failed" and not there[record["path"]])
    assert failed == Counter(path for path, is_whole in there.items() if not is_whole)
    assert all(
        record["score"] == int(Path(record["path"]).stem) % 100 for record in records if record["status"] == "ok"
    )


@EITHER_WAY
def test_a_photo_written_slowly_is_scored_when_it_is_whole(way: list[str], inbox: Path) -> None:
    with watched(str(inbox), *QUICK, *way) as process:
        data = to_data(80, kib=20)
        with (inbox / "slow.jpg").open("wb") as file:
            for at in range(0, len(data), 2048):
                file.write(data[at : at + 2048])
                file.flush()
                time.sleep(0.1)
        out = collect(process, lines=1)
    assert [(record["status"], record["score"]) for record in read_lines(out)] == [("ok", 80.0)]


def test_a_photo_completed_just_before_it_is_read_is_scored_once(inbox: Path) -> None:
    # the rest comes when the photo was taken for still already, as on a machine that has more to do
    program = (
        "import iqscore.watching.run as watching\nfrom tests.watching.program import END\n"
        "score = watching._score_safely\n"
        "def complete_and_score(scorer, path):\n"
        "    with open(path, 'ab') as file: file.write(END)\n"
        "    watching._score_safely = score\n"
        "    return score(scorer, path)\n"
        f"watching._score_safely = complete_and_score\n{WHOLE}"
    )
    with watched(str(inbox), *QUICK, "--poll", "0.3", program=program) as process:
        (inbox / "late.jpg").write_bytes(b"70 ...")
        out = collect(process, lines=1)
    assert [(record["status"], record["score"]) for record in read_lines(out)] == [("ok", 70.0)]


@EITHER_WAY
def test_moves_and_new_folders(way: list[str], inbox: Path, tmp_path: Path) -> None:
    put(inbox / "old.jpg")
    for name in ("x.jpg", "deep/y.jpg", "deep/.hidden/z.jpg", ".secret.jpg", "@eaDir/t.jpg", "notes.txt"):
        put(tmp_path / "card" / name)
    with watched(str(inbox), *QUICK, *way) as process:
        (inbox / "old.jpg").rename(inbox / "renamed.jpg")
        put(inbox / "in.jpg.part")
        (inbox / "in.jpg.part").rename(inbox / "in.jpg")
        # a whole folder at once, as by a file manager
        (tmp_path / "card").rename(inbox / "card")
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        (inbox / "in.jpg").rename(inbox / "moved.jpg")
        lines.append(collect(process, lines=0))
    assert sorted(record["path"] for record in read_lines(b"".join(lines))) == sorted(
        str(inbox / name) for name in ("in.jpg", "card/x.jpg", "card/deep/y.jpg")
    )


def test_existing_photos_only_on_request(inbox: Path) -> None:
    put(inbox / "old.jpg")
    ended = run("watch", str(inbox), *QUICK, "--idle", "1", program=WHOLE)
    assert (ended.status, ended.stdout) == (4, b"")
    ended = run("watch", str(inbox), *QUICK, "--idle", "1", "--existing", program=WHOLE)
    assert ended.status == 0
    assert [record["path"] for record in read_lines(ended.stdout)] == [str(inbox / "old.jpg")]


@EITHER_WAY
def test_a_folder_that_goes_and_comes_back(way: list[str], inbox: Path) -> None:
    put(inbox / "a.jpg")
    with watched(str(inbox), *QUICK, *way) as process:
        put(inbox / "b.jpg")
        assert process.stdout
        assert json.loads(process.stdout.readline())["path"] == str(inbox / "b.jpg")
        away = inbox.rename(inbox.parent / "away")
        assert b"cannot be read now" in read_stderr_line(process)
        away.rename(inbox)
        put(inbox / "c.jpg")
        assert json.loads(process.stdout.readline())["path"] == str(inbox / "c.jpg")
        assert collect(process, lines=0) == b""


def test_another_folder_in_the_place_of_the_old_one_is_watched(inbox: Path) -> None:
    with watched(str(inbox), *QUICK) as process:
        shutil.rmtree(inbox)
        assert b"cannot be read now" in read_stderr_line(process)
        inbox.mkdir()
        assert b"there again" in read_stderr_line(process)
        put(inbox / "new.jpg")
        assert process.stdout
        assert json.loads(process.stdout.readline())["path"] == str(inbox / "new.jpg")


@pytest.mark.skipif(sys.platform == "darwin", reason="names are Unicode there")
@EITHER_WAY
def test_names_that_are_not_utf_8(way: list[str], inbox: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    with watched(str(inbox), *QUICK, *way) as process:
        put(inbox / name)
        put(inbox / "plain.jpg")
        out = collect(process, lines=2)
    assert {record["path"] for record in read_lines(out)} == {str(inbox / name), str(inbox / "plain.jpg")}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_whole_files(number: signal.Signals, status: int, inbox: Path, tmp_path: Path) -> None:
    result = tmp_path / "all.json"
    with watched(str(inbox), *QUICK, "-f", "csv", "-o", str(result)) as process:
        put(inbox / "a.jpg")
        wait_until(lambda: result.exists() and result.stat().st_size > 100)
        process.send_signal(number)
        assert process.wait(PATIENCE) == status
        out, err = process.communicate()
    assert len(out.splitlines()) == 2
    assert b"Traceback" not in err
    document = json.loads(result.read_bytes())
    assert document["summary"]["interrupted"] is True
    assert [photo["path"] for photo in document["photos"]] == [str(inbox / "a.jpg")]


def test_only_photos_that_pass_are_told(inbox: Path) -> None:
    with watched(str(inbox), *QUICK, "--idle", "8", "--min-score", "50", "--label", "accepted") as process:
        put(inbox / "good.jpg", 90)
        put(inbox / "bad.jpg", 20)
        out, err = process.communicate(timeout=PATIENCE)
    assert [record["path"] for record in read_lines(out)] == [str(inbox / "good.jpg")]
    assert b"2 photos: 1 accepted" in err


def test_the_folder_is_spelled_as_it_was_typed(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(inbox)
    with watched(".", *QUICK) as process:
        put(inbox / "-rf.jpg")
        put(inbox / "sub" / "b.jpg")
        out = collect(process, lines=2)
    assert sorted(record["path"] for record in read_lines(out)) == ["-rf.jpg", str(Path("sub") / "b.jpg")]


def test_folders_within_folders_count_once(inbox: Path) -> None:
    (inbox / "sub").mkdir()
    with watched(str(inbox / "sub"), str(inbox), str(inbox), *QUICK) as process:
        put(inbox / "sub" / "a.jpg")
        out = collect(process, lines=1)
    assert [record["path"] for record in read_lines(out)] == [str(inbox / "sub" / "a.jpg")]


def test_a_command_for_each_photo(inbox: Path, tmp_path: Path) -> None:
    script = tmp_path / "note.py"
    script.write_text(
        "import json, sys\n"
        "record = json.load(sys.stdin)\n"
        "print(json.dumps([sys.argv[1:], record['path']]))\n"
        "open(record['path'], 'ab').write(b' END')\n"
        "sys.exit(record['score'] == 20)\n"
    )
    names = ["a b.jpg", "$(touch pwned).jpg", "'; touch pwned;'.jpg", "-v.jpg", "{label}.jpg", "bad.jpg"]
    command = f"{sys.executable} {script} --photo={{}} {{}} {{label}} {{stars}}"
    with watched(str(inbox), *QUICK, "--idle", "8", "--exec", command) as process:
        for name in names:
            put(inbox / name, 20 if name == "bad.jpg" else 70)
        out, err = process.communicate(timeout=PATIENCE)
    calls = {call[1]: call[0] for call in read_lines(out)}  # type: ignore[index]
    paths = [str(inbox / name) for name in names]
    assert len(out.splitlines()) == len(names)
    assert calls == {
        path: [f"--photo={path}", path, "rejected" if path.endswith("bad.jpg") else "accepted", "4"] for path in paths
    }
    assert process.returncode == 3
    assert f"{inbox / 'bad.jpg'}: {sys.executable} ended with status 1".encode() in err
    assert not (inbox / "pwned").exists()
    assert not Path("pwned").exists()


def test_a_command_beside_results(inbox: Path) -> None:
    with watched(str(inbox), *QUICK, "--idle", "8", "-f", "ndjson", "--exec", "echo moved {}") as process:
        put(inbox / "a.jpg")
        out, err = process.communicate(timeout=PATIENCE)
    assert [record["path"] for record in read_lines(out)] == [str(inbox / "a.jpg")]
    assert f"moved {inbox / 'a.jpg'}\n".encode() in err


def test_a_command_that_moves_photos_within_the_folder(inbox: Path) -> None:
    (inbox / "accepted").mkdir()
    (inbox / "rejected").mkdir()
    command = f"mv {{}} {inbox}/{{label}}/"
    with watched(str(inbox), *QUICK, "--idle", "8", "--exec", command) as process:
        put(inbox / "good.jpg", 90)
        put(inbox / "bad.jpg", 10)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert b"2 photos" in err
    assert (inbox / "accepted" / "good.jpg").exists()
    assert (inbox / "rejected" / "bad.jpg").exists()


def test_a_command_that_hangs_does_not_keep_a_program_that_is_to_end(inbox: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    hang = tmp_path / "hang.py"
    hang.write_text(f"import time; open({str(mark)!r}, 'w').close(); time.sleep(60)")
    with watched(str(inbox), *QUICK, "--exec", f"{sys.executable} {hang}") as process:
        put(inbox / "a.jpg")
        wait_until(mark.exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--exec", "sh -c 'rm {}'"], "would run a file name as code"),
        (["--exec", "sh -c {}"], "would run a file name as code"),
        (["--exec", "bash -c"], "would run a file name as code"),
        (["--exec", "python3 -c \"open('{}')\""], "would run a file name as code"),
        (["--exec", "no-such-program {}"], "no program 'no-such-program'"),
        (["--exec", "'"], "a quote is not closed"),
        (["--exec", " "], "name a command"),
        (["--format", "table"], "choose from csv, json, ndjson"),
        (["a.jpg"], "not a folder"),
        (["missing"], "no such folder"),
        (["--poll", "0"], "--poll"),
        (["--settle", "-1"], "--settle"),
    ],
)
def test_what_makes_no_sense(words: list[str], told: str, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(inbox)
    put(inbox / "a.jpg")
    ended: Ended = run("watch", ".", *words, program=WHOLE)
    assert (ended.status, ended.stdout) == (2, b"")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("iqscore: ")
    assert told in line


def test_real_photos_get_stars_once(inbox: Path) -> None:
    with watched(str(inbox), "--settle", "0.3", "--idle", "12", "--xmp", program=REAL) as process:
        make_scene(1, 300, 200).save(inbox / "a.jpg")
        whole = (inbox / "a.jpg").read_bytes()
        (inbox / "half.jpg").write_bytes(whole[: len(whole) // 2])
        (inbox / "raw.nef").write_bytes(b"II*\0" + bytes(60))
        time.sleep(2)
        (inbox / "half.jpg").write_bytes(whole)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert sorted(record["path"] for record in read_lines(out) if record["status"] == "ok") == [
        str(inbox / "a.jpg"),
        str(inbox / "half.jpg"),
    ]
    assert len(out.splitlines()) == 2
    assert b"2 photos rated" in err
    assert b"skipped 1 NEF photo" in err
    assert b"xmp:Rating" in (inbox / "a.jpg").read_bytes()
