"""Make files that are no photographs, to tell them from photographs: screens, documents, charts, icons, scans, memes.

    python -m training.make_graphics OUT --count 1200 --photos FOLDER [--seed 1] [--chromium chromium]

A third are pages that a headless Chromium shows (articles, chats, tables, code, shops with photos in them, dashboards,
slides), light and dark, for telephones and large screens; the rest is drawn. Each is kept as a PNG, a JPEG of some
quality or a WebP, at its own size or shrunk, as people pass them on. Photos of FOLDER stand inside pages and memes.
"""

from __future__ import annotations

import argparse
import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from training.screens import say, take_screenshots

FONTS = ("DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf", "LiberationSans-Regular.ttf")


def get_font(rng: random.Random, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    name = rng.choice(FONTS)
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        # not installed here: Pillow's own
        return ImageFont.load_default(size)


def get_colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)


def choose_ground(rng: random.Random) -> str | tuple[int, int, int]:
    grounds: list[str | tuple[int, int, int]] = ["white", "black", get_colour(rng)]
    return rng.choice(grounds)


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
    large = Image.new("RGB", (side * 4, side * 4), choose_ground(rng))
    draw = ImageDraw.Draw(large)
    for _ in range(rng.randint(1, 5)):
        box = sorted(rng.choices(range(side * 4), k=2)) + sorted(rng.choices(range(side * 4), k=2))
        corners, shape = (box[0], box[2], box[1], box[3]), rng.choice(["ellipse", "rectangle", "rounded"])
        if shape == "ellipse":
            draw.ellipse(corners, fill=get_colour(rng))
        else:
            draw.rounded_rectangle(corners, side // 3 if shape == "rounded" else 0, get_colour(rng))
    if rng.random() < 0.5:
        draw.text((side, side), rng.choice("ABCDEFGHKMRSTX@&?"), get_colour(rng), get_font(rng, side * 2))
    return large.resize((side, side), Image.Resampling.LANCZOS)


def draw_meme(rng: random.Random, photos: list[Path]) -> Image.Image:
    """Return a photo with a banner of words, or several in a grid on plain ground: more frame than photo."""
    with Image.open(rng.choice(photos)) as image:
        photo = image.convert("RGB")
    width, height = photo.size
    paper = Image.new("RGB", (width * 2, height * 3), choose_ground(rng))
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
