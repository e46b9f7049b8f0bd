"""Draws the invented rubbings and maps of the demo's special collection. The same seed gives the same picture."""

from collections.abc import Callable
from math import pi, sin
from random import Random

from demo.png import Canvas, Colour, Point

WIDTH, HEIGHT = 720, 960

STONE: list[Colour] = [(24, 22, 20), (44, 41, 38), (226, 219, 203), (198, 190, 172), (150, 36, 28)]
INK, GREY, PAPER, FRAME, SEAL = range(5)

SHEET: list[Colour] = [(233, 218, 184), (224, 206, 168), (62, 52, 40), (70, 118, 140), (168, 60, 40), (150, 128, 84)]
SHEET.append((120, 150, 96))
GROUND, STAIN, BLACK, WATER, RED, HILL, FIELD = range(7)


def _stone(random: Random) -> Canvas:
    """Ink on a worn stone, inside a border of bare paper."""
    canvas = Canvas(WIDTH, HEIGHT, STONE)
    worn = bytes(GREY if value < 34 else INK for value in range(256))
    for y in range(HEIGHT):
        canvas.rows[y][:] = random.randbytes(WIDTH // 4).translate(worn).ljust(WIDTH // 4) * 4
    for edge in (0, HEIGHT - 40):
        canvas.rectangle(0, edge, WIDTH, 40, PAPER)
    for edge in (0, WIDTH - 40):
        canvas.rectangle(edge, 0, 40, HEIGHT, PAPER)
    for _ in range(28):
        canvas.disc(random.uniform(40, WIDTH - 40), random.uniform(40, HEIGHT - 40), random.uniform(2, 9), FRAME)
    canvas.rectangle(WIDTH - 118, HEIGHT - 118, 60, 60, SEAL)
    for stroke in range(4):
        canvas.rectangle(WIDTH - 110, HEIGHT - 110 + stroke * 13, 44, 5, PAPER)
    return canvas


def _camel(canvas: Canvas, x: float, y: float, size: float) -> None:
    body: list[Point] = [(0, 40), (8, 22), (20, 8), (30, 22), (38, 24), (48, 8), (60, 22), (68, 30), (76, 8), (80, -8)]
    body += [
        (94, -10),
        (94, -2),
        (86, 2),
        (82, 30),
        (72, 48),
        (70, 84),
        (64, 84),
        (62, 52),
        (20, 52),
        (16, 84),
        (10, 84),
        (8, 52),
    ]
    canvas.polygon([(x + px * size, y + py * size) for px, py in body], PAPER)


def caravan(canvas: Canvas, random: Random) -> None:
    for row in range(3):
        base = 190 + row * 250
        hills: list[Point] = [(40 + step * 16, base + 70 + 26 * sin(step / 4 + row)) for step in range(41)]
        canvas.line(hills, 4, PAPER)
        for place in range(4 - row % 2):
            _camel(canvas, 80 + place * 150 + random.uniform(-8, 8), base - 40 + 10 * sin(place), 1.15)


def _tower(canvas: Canvas, middle: float, size: float) -> None:
    top = 800.0
    for storey in range(7):
        half, y = (150 - storey * 16) * size, 800 - storey * 92 * size
        roof = [(middle - half - 30, y), (middle + half + 30, y), (middle + half, y - 20), (middle - half, y - 20)]
        canvas.polygon(roof, PAPER)
        canvas.rectangle(middle - half * 0.8, y - 80 * size, half * 1.6, 60 * size, PAPER)
        canvas.rectangle(middle - 14 * size, y - 70 * size, 28 * size, 50 * size, INK)
        top = y - 80 * size
    canvas.polygon([(middle - 60 * size, top), (middle, top - 70 * size), (middle + 60 * size, top)], PAPER)


def pagoda(canvas: Canvas, random: Random) -> None:
    _tower(canvas, WIDTH / 2 + random.uniform(-10, 10), 1.0)


def pagodas(canvas: Canvas, random: Random) -> None:
    _tower(canvas, WIDTH * 0.3, random.uniform(0.7, 0.74))
    _tower(canvas, WIDTH * 0.7, random.uniform(0.7, 0.74))


def lotus(canvas: Canvas, random: Random) -> None:
    x, y, petals = WIDTH / 2, HEIGHT / 2 - 20, random.choice((8, 12))
    canvas.ring(x, y, 300, 8, PAPER, INK)
    canvas.ring(x, y, 276, 3, PAPER, INK)
    for petal in range(petals):
        canvas.petal(x, y, 2 * pi * petal / petals, 250, 38, PAPER)
        canvas.petal(x, y, 2 * pi * petal / petals, 226, 26, INK)
        canvas.petal(x, y, 2 * pi * (petal + 0.5) / petals, 150, 18, PAPER)
    canvas.ring(x, y, 70, 10, PAPER, INK)
    for seed in range(7):
        angle = 2 * pi * seed / 6
        canvas.disc(x + (seed < 6) * 36 * sin(angle), y + (seed < 6) * 36 * sin(angle + pi / 2), 8, PAPER)


def stele(canvas: Canvas, random: Random) -> None:
    """Columns of invented signs: strokes in a square, no writing of any people."""
    canvas.polygon([(120, 230), (200, 110), (520, 110), (600, 230)], PAPER)
    canvas.polygon([(150, 226), (214, 128), (506, 128), (570, 226)], INK)
    canvas.disc(360, 180, 34, PAPER)
    for column in range(7):
        for row in range(11):
            x, y = 110 + column * 74, 260 + row * 56
            for _ in range(random.randint(3, 6)):
                across, down = random.randint(0, 34), random.randint(0, 34)
                wide = random.random() < 0.55
                if wide:
                    canvas.rectangle(x, y + down, 38, 5, PAPER)
                else:
                    canvas.rectangle(x + across, y, 5, 38, PAPER)


def roundels(canvas: Canvas, random: Random) -> None:
    for column in range(2):
        for row in range(3):
            x, y = 200 + column * 320, 190 + row * 280
            canvas.ring(x, y, 130, 4, PAPER, INK)
            for pearl in range(20):
                angle = 2 * pi * pearl / 20
                canvas.disc(x + 108 * sin(angle), y + 108 * sin(angle + pi / 2), 11, PAPER)
            _camel(canvas, x - 52, y - 40 + random.uniform(-4, 4), 1.1)


def waves(canvas: Canvas, random: Random) -> None:
    x, y = WIDTH / 2, HEIGHT / 2 - 20
    canvas.ring(x, y, 306, 14, PAPER, INK)
    for ring in range(6):
        radius, phase = 260 - ring * 42, random.uniform(0, pi)
        around: list[Point] = []
        for step in range(181):
            angle = 2 * pi * step / 180
            reach = radius + 9 * sin(9 * angle + phase)
            around.append((x + reach * sin(angle), y + reach * sin(angle + pi / 2)))
        canvas.line(around, 6, PAPER)


def _sheet(random: Random) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, SHEET)
    for _ in range(60):
        canvas.disc(random.uniform(0, WIDTH), random.uniform(0, HEIGHT), random.uniform(6, 40), STAIN)
    canvas.line([(24, 24), (WIDTH - 24, 24), (WIDTH - 24, HEIGHT - 24), (24, HEIGHT - 24), (24, 24)], 5, BLACK)
    canvas.polygon([(640, 60), (655, 110), (640, 98), (625, 110)], BLACK)
    return canvas


def _ranges(canvas: Canvas, random: Random, count: int, top: float, bottom: float) -> None:
    for _ in range(count):
        x, y, size = random.uniform(50, WIDTH - 90), random.uniform(top, bottom), random.uniform(18, 46)
        canvas.polygon([(x, y), (x + size * 0.6, y - size), (x + size * 1.2, y)], HILL)
        canvas.line([(x, y), (x + size * 0.6, y - size), (x + size * 1.2, y)], 2, BLACK)


def _stream(random: Random, x: float, y: float, dx: float, dy: float, steps: int) -> list[Point]:
    """A winding line; it swings across the direction in which it runs."""
    swing = random.uniform(18, 46)
    aside = (1, 0) if dy > dx else (0, 1)
    return [
        (x + dx * step + aside[0] * swing * sin(step / 5), y + dy * step + aside[1] * swing * sin(step / 5))
        for step in range(steps)
    ]


def _town(canvas: Canvas, x: float, y: float) -> None:
    canvas.rectangle(x - 11, y - 11, 22, 22, RED)
    canvas.rectangle(x - 6, y - 6, 12, 12, GROUND)


def route(canvas: Canvas, random: Random) -> None:
    _ranges(canvas, random, 26, 120, 380)
    _ranges(canvas, random, 14, 720, 900)
    road = _stream(random, 70, 300, 12, 8, 49)
    for first, second in zip(road[::2], road[1::2], strict=False):
        canvas.line([first, second], 4, RED)
    for stage in range(3, len(road), 9):
        _town(canvas, *road[stage])


def river(canvas: Canvas, random: Random) -> None:
    _ranges(canvas, random, 30, 110, 420)
    main = _stream(random, 40, 520, 13, 2, 50)
    canvas.line(main, 22, WATER)
    for start in (8, 20, 33):
        x, y = main[start]
        canvas.line([(x, y), (x - 30, y - 90), (x + 10, y - 190)], 8, WATER)
        _town(canvas, x + 40, y + 50)


def canals(canvas: Canvas, random: Random) -> None:
    for column in range(6):
        for row in range(6):
            x, y = 70 + column * 100, 130 + row * 120
            if random.random() < 0.8:
                canvas.rectangle(x + 8, y + 8, 82, 100, FIELD)
    for column in range(7):
        canvas.line([(66 + column * 100, 120), (66 + column * 100, 850)], 6, WATER)
    canvas.line(_stream(random, 40, 110, 13, 1, 50), 16, WATER)
    canvas.line([(250, 370), (470, 370), (470, 610), (250, 610), (250, 370)], 10, BLACK)
    _town(canvas, 360, 490)


_RUBBINGS: dict[str, Callable[[Canvas, Random], None]] = {
    "caravan": caravan,
    "pagoda": pagoda,
    "pagodas": pagodas,
    "lotus": lotus,
    "stele": stele,
    "roundels": roundels,
    "waves": waves,
}
_MAPS: dict[str, Callable[[Canvas, Random], None]] = {"route": route, "river": river, "canals": canals}


RUBBINGS = sorted(_RUBBINGS)


def draw(kind: str, seed: str) -> Canvas:
    random = Random(seed)  # noqa: S311 — a picture, not a secret
    if kind in _MAPS:
        canvas = _sheet(random)
        _MAPS[kind](canvas, random)
    else:
        canvas = _stone(random)
        _RUBBINGS[kind](canvas, random)
    return canvas
