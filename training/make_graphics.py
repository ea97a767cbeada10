"""Make files that are no photographs, to tell them from photographs: screens, documents, charts, icons, scans, memes.

    python -m training.make_graphics OUT --count 1200 --photos FOLDER [--seed 1] [--chromium chromium]

A third are pages that a headless Chromium shows (articles, chats, tables, code, shops with photos in them, dashboards,
slides), light and dark, for telephones and large screens; the rest is drawn. Each is kept as a PNG, a JPEG of some
quality or a WebP, at its own size or shrunk, as people pass them on. Photos of FOLDER stand inside pages and memes.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import random
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

TALLEST = 14_000
"""Pixels of what a browser shows at once."""
TEXT = (
    "the of and to in light camera when small river from open window house with under morning people street it was "
    "there table number of files you can set the value to zero before saving settings folder Monday report total "
    "amount city weather cloud model result left right above between error please try again later next page"
)
WORDS = TEXT.split()
FONTS = ("DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf", "LiberationSans-Regular.ttf")
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
        f".b{{border-radius:{rng.randint(0, 20)}px;margin:8px;display:inline-block}}pre{{background:{panel};padding:12px}}"
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
    sides = [f"<div style='text-align:{rng.choice(['left', 'right'])}'><span class=b>{say(rng, rng.randint(1, 25))}</span></div>"
             for _ in range(rng.randint(5, 16))]  # fmt: skip
    return "".join(sides)


def draw_table(rng: random.Random, photos: list[Path]) -> str:
    columns = rng.randint(3, 10)
    rows = ["".join(f"<td>{rng.choice([say(rng, 2), str(rng.randint(0, 99999))])}</td>" for _ in range(columns))
            for _ in range(rng.randint(8, 50))]  # fmt: skip
    head = "".join(f"<th>{say(rng, 1)}</th>" for _ in range(columns))
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def draw_code(rng: random.Random, photos: list[Path]) -> str:
    colours = ["#569cd6", "#ce9178", "#6a9955", "#c586c0", "inherit"]
    lines = ["&nbsp;" * 4 * rng.randint(0, 4)
             + "".join(f"<span style='color:{rng.choice(colours)}'>{rng.choice(WORDS)}{rng.choice('(). =:')}</span> "
                       for _ in range(rng.randint(1, 9))) for _ in range(rng.randint(15, 60))]  # fmt: skip
    return "<pre>" + "\n".join(lines) + "</pre>"


def draw_shop(rng: random.Random, photos: list[Path]) -> str:
    side = rng.choice([120, 160, 220, 300])
    return "".join(f"<span class=b style='width:{side}px'>{show(rng, photos, side)}<br>{say(rng, 4)}<br><b>{rng.randint(1, 900)}.99</b></span>"
                   for _ in range(rng.randint(4, 12)))  # fmt: skip


def draw_dashboard(rng: random.Random, photos: list[Path]) -> str:
    bars = "".join(f"<rect x={30 * n} y={200 - (h := rng.randint(10, 190))} width=22 height={h} fill='hsl({rng.randint(0, 359)} 60% 50%)'/>"
                   for n in range(20))  # fmt: skip
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
    """Return pages as a browser shows them, all of one size: one start of the browser shows them one below the other."""
    width, height = rng.choice(SIZES)
    scale = rng.choice([1, 1, 1.25, 2]) if height < 1000 else 1
    count = min(count, int(TALLEST / height / scale))
    frames = "".join(
        f'<iframe srcdoc="{html.escape(draw_page(rng, photos))}" style="border:0;display:block;width:{width}px;height:{height}px"></iframe>'
        for _ in range(count)
    )
    with tempfile.TemporaryDirectory() as place:
        page, shot = Path(place) / "page.html", Path(place) / "shot.png"
        page.write_text(f"<html><body style='margin:0'>{frames}</body></html>", encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
                   "--disable-background-networking", "--disable-dev-shm-usage", f"--user-data-dir={place}/profile"]  # fmt: skip
        size = f"--window-size={width},{height * count}"
        subprocess.run(
            [chromium, *options, f"--force-device-scale-factor={scale}", size, f"--screenshot={shot}", page.as_uri()],
            capture_output=True, check=True, timeout=1800,
        )  # fmt: skip
        with Image.open(shot) as image:
            whole = image.convert("RGB")
    step = whole.height // count
    return [whole.crop((0, n * step, whole.width, (n + 1) * step)) for n in range(count)]


def get_font(rng: random.Random, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(rng.choice(FONTS), size)


def get_colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)


def write_lines(rng: random.Random, paper: Image.Image, ink: tuple[int, int, int], size: int) -> None:
    """Fill a page with text."""
    draw, font, margin = ImageDraw.Draw(paper), get_font(rng, size), paper.width // 10
    y = margin
    while y < paper.height - margin:
        length = rng.randint(3, max(4, (paper.width - 2 * margin) * 2 // size // 7))
        if rng.random() > 0.12:
            draw.text((margin, y), say(rng, length), ink, font)
        y += int(size * 1.5)


def draw_document(rng: random.Random, photos: list[Path]) -> Image.Image:
    """Return a page of text, clean or as a scanner leaves it: tinted, uneven, noisy, a little turned."""
    width = rng.choice([800, 1240, 1654, 2480])
    paper = Image.new("RGB", (width, int(width * rng.choice([1.414, 1.294, 0.707]))), "white")
    write_lines(rng, paper, (rng.randint(0, 60),) * 3, rng.randint(width // 90, width // 40))
    if rng.random() < 0.35:
        return paper
    paper = paper.rotate(rng.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor="white")
    paper = paper.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.4)))
    levels = np.asarray(paper, dtype=np.float64)
    tint = np.array([rng.uniform(225, 255), rng.uniform(222, 252), rng.uniform(205, 250)]) / 255
    slope = 1 - rng.uniform(0, 0.12) * np.linspace(0, 1, paper.width)[None, :, None]
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(0.5, 5), levels.shape[:2])[..., None]
    return Image.fromarray(np.clip(levels * tint * slope + noise, 0, 255).astype(np.uint8))


def draw_chart(rng: random.Random, photos: list[Path]) -> Image.Image:
    """Return a chart of bars, lines, points or slices, with axes and words."""
    image = Image.new(
        "RGB", rng.choice([(640, 480), (1000, 600), (1600, 900)]), rng.choice(["white", "#222", "#f5f5f0"])
    )
    draw, (width, height) = ImageDraw.Draw(image), image.size
    ink = "#999" if image.getpixel((0, 0)) == (34, 34, 34) else "#222"
    font = get_font(rng, height // 30)
    kind = rng.choice(["bars", "lines", "points", "pie"])
    if kind == "pie":
        at = 0
        while at < 360:
            to = min(360, at + rng.randint(15, 110))
            draw.pieslice(
                (width // 4, height // 6, width // 4 + height * 2 // 3, height * 5 // 6),
                at,
                to,
                get_colour(rng),
                "white",
            )
            at = to
    else:
        draw.line([(60, 20), (60, height - 40), (width - 20, height - 40)], ink, 2)
        count = rng.randint(5, 40)
        xs = [60 + (width - 90) * n // count for n in range(count)]
        ys = [rng.randint(30, height - 60) for _ in xs]
        colour = get_colour(rng)
        for x, y in zip(xs, ys, strict=True):
            if kind == "bars":
                draw.rectangle((x + 2, y, x + (width - 90) // count - 3, height - 41), colour)
            elif kind == "points":
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), get_colour(rng))
            draw.text((x, height - 36), str(rng.randint(0, 99)), ink, font) if rng.random() < 0.4 else None
        draw.line(list(zip(xs, ys, strict=True)), colour, 3) if kind == "lines" else None
    draw.text((width // 3, 5), say(rng, 4), ink, font)
    return image


def draw_icon(rng: random.Random, photos: list[Path]) -> Image.Image:
    """Return an icon or a logo: a few plain shapes, smooth edges."""
    side = rng.choice([32, 64, 128, 256, 512, 1024])
    large = Image.new("RGB", (side * 4, side * 4), rng.choice(["white", "black", get_colour(rng)]))
    draw = ImageDraw.Draw(large)
    for _ in range(rng.randint(1, 5)):
        box = sorted(rng.choices(range(side * 4), k=2)) + sorted(rng.choices(range(side * 4), k=2))
        shape = rng.choice([draw.ellipse, draw.rectangle, draw.rounded_rectangle])
        more = {"radius": side // 3} if shape == draw.rounded_rectangle else {}
        shape((box[0], box[2], box[1], box[3]), fill=get_colour(rng), **more)
    if rng.random() < 0.5:
        draw.text((side, side), rng.choice("ABCDEFGHKMRSTX@&?"), get_colour(rng), get_font(rng, side * 2))
    return large.resize((side, side), Image.Resampling.LANCZOS)


def draw_meme(rng: random.Random, photos: list[Path]) -> Image.Image:
    """Return a photo with a banner of words, or several in a grid on plain ground: more frame than photo."""
    with Image.open(rng.choice(photos)) as image:
        photo = image.convert("RGB")
    width, height = photo.size
    paper = Image.new("RGB", (width * 2, height * 3), rng.choice(["white", "black", get_colour(rng)]))
    paper.paste(photo, (width // 2, rng.randint(height // 2, height * 2 - 1)))
    ink = "black" if sum(paper.getpixel((0, 0))) > 380 else "white"  # type: ignore[arg-type]
    for n in range(3):
        ImageDraw.Draw(paper).text((12, 8 + n * height // 6), say(rng, 4), ink, get_font(rng, height // 9))
    return paper


def draw_wash(rng: random.Random, photos: list[Path]) -> Image.Image:
    """Return a wallpaper of one colour or a smooth run of two, with words on it or without."""
    size = rng.choice([(1080, 1920), (1920, 1080), (800, 800)])
    first, second = np.array(get_colour(rng)), np.array(get_colour(rng) if rng.random() < 0.6 else (0, 0, 0))
    run = np.linspace(0, 1, size[1])[:, None, None]
    image = Image.fromarray(np.broadcast_to(first * (1 - run) + second * run, (size[1], size[0], 3)).astype(np.uint8))
    for n in range(rng.randint(1, 8)):
        ImageDraw.Draw(image).text(
            (size[0] // 8, size[1] // 4 + n * 70), say(rng, 3), get_colour(rng), get_font(rng, 48)
        )
    return image


def draw_map(rng: random.Random, photos: list[Path]) -> Image.Image:
    """Return streets and blocks as on a map."""
    image = Image.new("RGB", (1200, 900), "#f2efe9")
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(3, 10)):
        x, y = rng.randrange(1200), rng.randrange(900)
        draw.polygon(
            [(x + rng.randint(-200, 200), y + rng.randint(-200, 200)) for _ in range(5)],
            rng.choice(["#aad3df", "#c8facc", "#e0dfdf"]),
        )
    for _ in range(rng.randint(10, 60)):
        ends = [(rng.randrange(1200), rng.randrange(900)) for _ in range(rng.randint(2, 4))]
        draw.line(ends, rng.choice(["#fff", "#f7fabf", "#fcd6a4", "#bbb"]), rng.randint(2, 10))
    for _ in range(20):
        draw.text((rng.randrange(1100), rng.randrange(880)), say(rng, 1), "#444", get_font(rng, rng.randint(11, 20)))
    return image


DRAWN: tuple[Callable[[random.Random, list[Path]], Image.Image], ...] = (
    draw_document, draw_document, draw_chart, draw_icon, draw_meme, draw_wash, draw_map,
)  # fmt: skip


def save(rng: random.Random, image: Image.Image, folder: Path, name: str) -> None:
    """Write an image as people pass it on."""
    if rng.random() < 0.25 and min(image.size) > 200:
        share = rng.uniform(0.4, 0.9)
        image = image.resize((int(image.width * share), int(image.height * share)), Image.Resampling.LANCZOS)
    kind = rng.choice(["png", "png", "jpg", "jpg", "webp"])
    options: dict[str, int] = {} if kind == "png" else {"quality": rng.choice([60, 75, 80, 85, 90, 95])}
    buffer = io.BytesIO()
    image.save(buffer, {"jpg": "JPEG"}.get(kind, kind.upper()), **options)
    (folder / f"{name}.{kind}").write_bytes(buffer.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chromium", default="chromium")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    photos = sorted(args.photos.rglob("*.jpg"))
    for number in range(args.count - args.count // 3):
        rng = random.Random(f"{args.seed}-{number}")
        draw = rng.choice(DRAWN)
        save(rng, draw(rng, photos), args.out, f"{number:05d}-{draw.__name__.removeprefix('draw_')}")
    rng, number = random.Random(args.seed), args.count - args.count // 3
    while number < args.count:
        for image in take_screenshots(rng, photos, args.chromium, args.count - number):
            save(rng, image, args.out, f"{number:05d}-screen")
            number += 1


if __name__ == "__main__":
    main()
