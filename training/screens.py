"""Pages as a browser shows them, of words that mean nothing."""

from __future__ import annotations

import base64
import html
import random
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-dev-shm-usage",
)  # fmt: skip
TALLEST = 14_000
"""Pixels of what a browser shows at once."""
TEXT = (
    "the of and to in light camera when small river from open window house with under morning people street it was "
    "there table number of files you can set the value to zero before saving settings folder Monday report total "
    "amount city weather cloud model result left right above between error please try again later next page"
)
WORDS = TEXT.split()
SIZES = ((390, 844), (414, 896), (768, 1024), (1280, 720), (1366, 768), (1440, 900), (1920, 1080), (2560, 1440))
THEMES = (("#ffffff", "#1a1a1a", "#0b57d0", "#f1f3f4"), ("#f8f4ec", "#333333", "#a33b20", "#ece5d8"),
          ("#1e1e1e", "#d4d4d4", "#569cd6", "#2b2b2b"), ("#0d1117", "#c9d1d9", "#58a6ff", "#161b22"),
          ("#ffffff", "#222222", "#1d9bf0", "#e8f5fd"), ("#fafafa", "#444444", "#e91e63", "#eeeeee"))  # fmt: skip


def say(rng: random.Random, count: int) -> str:
    """Return some words."""
    return " ".join(rng.choices(WORDS, k=count)).capitalize()


def draw_page(rng: random.Random, photos: list[Path]) -> str:
    """Return the HTML of one page."""
    back, ink, accent, panel = rng.choice(THEMES)
    font = rng.choice(["sans-serif", "serif", "DejaVu Sans", "Liberation Sans", "monospace"])
    style = (
        f"body{{background:{back};color:{ink};font:{rng.randint(12, 20)}px {font};margin:0}}"
        f"a,h1,h2{{color:{accent}}}nav,aside,th,.b{{background:{panel};padding:{rng.randint(6, 18)}px}}"
        f"main{{padding:20px;max-width:{rng.choice([700, 960, 1400])}px;margin:auto}}"
        "table{border-collapse:collapse}td,th{border:1px solid #8884;padding:4px 10px}"
        f".b{{border-radius:{rng.randint(0, 20)}px;margin:8px;display:inline-block}}"
        f"pre{{background:{panel};padding:12px}}"
    )
    body = rng.choice([draw_article, draw_chat, draw_table, draw_code, draw_shop, draw_dashboard, draw_slide])(
        rng, photos
    )
    nav = "".join(f" <a>{say(rng, 1)}</a> &nbsp;" for _ in range(rng.randint(3, 9)))
    return f"<html><meta charset=utf-8><style>{style}</style><body><nav>{nav}</nav><main>{body}</main></body></html>"


def draw_article(rng: random.Random, photos: list[Path]) -> str:
    parts = [f"<h1>{say(rng, 5)}</h1>"]
    for _ in range(rng.randint(4, 12)):
        parts.append(f"<h2>{say(rng, 3)}</h2>" if rng.random() < 0.3 else f"<p>{say(rng, rng.randint(30, 120))}.</p>")
        if rng.random() < 0.08:
            parts.append(show(rng, photos, rng.randint(200, 500)))
    return "".join(parts)


def draw_chat(rng: random.Random, photos: list[Path]) -> str:
    parts = []
    for _ in range(rng.randint(5, 16)):
        side = rng.choice(["left", "right"])
        parts.append(f"<div style='text-align:{side}'><span class=b>{say(rng, rng.randint(1, 25))}</span></div>")
    return "".join(parts)


def draw_table(rng: random.Random, photos: list[Path]) -> str:
    columns = rng.randint(3, 10)
    rows = [
        "".join(f"<td>{rng.choice([say(rng, 2), str(rng.randint(0, 99999))])}</td>" for _ in range(columns))
        for _ in range(rng.randint(8, 50))
    ]
    head = "".join(f"<th>{say(rng, 1)}</th>" for _ in range(columns))
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def draw_code(rng: random.Random, photos: list[Path]) -> str:
    colours = ["#569cd6", "#ce9178", "#6a9955", "#c586c0", "inherit"]
    lines = []
    for _ in range(rng.randint(15, 60)):
        line = "&nbsp;" * 4 * rng.randint(0, 4)
        for _ in range(rng.randint(1, 9)):
            line += f"<span style='color:{rng.choice(colours)}'>{rng.choice(WORDS)}{rng.choice('(). =:')}</span> "
        lines.append(line)
    return "<pre>" + "\n".join(lines) + "</pre>"


def draw_shop(rng: random.Random, photos: list[Path]) -> str:
    side = rng.choice([120, 160, 220, 300])
    parts = []
    for _ in range(rng.randint(4, 12)):
        photo, words, price = show(rng, photos, side), say(rng, 4), rng.randint(1, 900)
        parts.append(f"<span class=b style='width:{side}px'>{photo}<br>{words}<br><b>{price}.99</b></span>")
    return "".join(parts)


def draw_dashboard(rng: random.Random, photos: list[Path]) -> str:
    bars = ""
    for n in range(20):
        height, hue = rng.randint(10, 190), rng.randint(0, 359)
        bars += f"<rect x={30 * n} y={200 - height} width=22 height={height} fill='hsl({hue} 60% 50%)'/>"
    points = " ".join(f"{25 * n},{rng.randint(10, 190)}" for n in range(25))
    line = f"<polyline points='{points}' fill=none stroke=teal stroke-width=2 />"
    boxes = "".join(f"<span class=b><h2>{rng.randint(1, 9999)}</h2>{say(rng, 2)}</span>" for _ in range(6))
    return f"{boxes}<br><svg width=640 height=210>{bars}</svg><svg width=640 height=210>{line}</svg>"


def draw_slide(rng: random.Random, photos: list[Path]) -> str:
    points = "".join(f"<li>{say(rng, rng.randint(3, 9))}</li>" for _ in range(rng.randint(2, 6)))
    hue = rng.randint(0, 359)
    wash = f"background:linear-gradient(120deg,hsl({hue} 60% 85%),hsl({hue + 60} 60% 70%))"
    return f"<div style='padding:60px;font-size:200%;height:70vh;{wash}'><h1>{say(rng, 4)}</h1><ul>{points}</ul></div>"


def show(rng: random.Random, photos: list[Path], width: int) -> str:
    """Return the HTML of a photo."""
    data = base64.b64encode(rng.choice(photos).read_bytes()).decode()
    return f"<img width={width} src='data:image/jpeg;base64,{data}'>"


def take_screenshots(rng: random.Random, photos: list[Path], chromium: str, count: int) -> list[Image.Image]:
    """Return pages as a browser shows them, all of one size: it is started once and shows one below the other."""
    width, height = rng.choice(SIZES)
    scale = rng.choice([1, 1, 1.25, 2]) if height < 1000 else 1
    count = min(count, int(TALLEST / height / scale))
    style = f"border:0;display:block;width:{width}px;height:{height}px"
    pages = [html.escape(draw_page(rng, photos)) for _ in range(count)]
    frames = "".join(f'<iframe srcdoc="{page}" style="{style}"></iframe>' for page in pages)
    with tempfile.TemporaryDirectory() as place:
        page, shot = Path(place) / "page.html", Path(place) / "shot.png"
        page.write_text(f"<html><body style='margin:0'>{frames}</body></html>", encoding="utf-8")
        options = [f"--user-data-dir={place}/profile", f"--force-device-scale-factor={scale}"]
        options += [f"--window-size={width},{height * count}", f"--screenshot={shot}"]
        subprocess.run([chromium, *QUIET, *options, page.as_uri()], capture_output=True, check=True, timeout=1800)
        with Image.open(shot) as image:
            whole = image.convert("RGB")
    step = whole.height // count
    return [whole.crop((0, n * step, whole.width, (n + 1) * step)) for n in range(count)]
