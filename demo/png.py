"""A small canvas of palette colours, written as PNG with the standard library's zlib (W3C PNG, third edition, §11)."""

import struct
import zlib
from itertools import pairwise
from math import cos, pi, sin

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """Rows of palette numbers. Shapes are filled span by span, so that a picture takes milliseconds."""

    def __init__(self, width: int, height: int, palette: list[Colour]) -> None:
        self.width, self.height, self.palette = width, height, palette
        self.rows = [bytearray(width) for _ in range(height)]

    def span(self, y: int, left: float, right: float, colour: int) -> None:
        first, last = max(0, round(left)), min(self.width - 1, round(right))
        if 0 <= y < self.height and first <= last:
            self.rows[y][first : last + 1] = bytes([colour]) * (last - first + 1)

    def rectangle(self, x: float, y: float, width: float, height: float, colour: int) -> None:
        for row in range(round(y), round(y + height)):
            self.span(row, x, x + width, colour)

    def polygon(self, points: list[Point], colour: int) -> None:
        """Filled by the even-odd rule."""
        heights = [y for _, y in points]
        for row in range(max(0, int(min(heights))), min(self.height - 1, int(max(heights))) + 1):
            at = row + 0.5
            crossings = sorted(
                x1 + (at - y1) * (x2 - x1) / (y2 - y1)
                for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True)
                if (y1 <= at) != (y2 <= at)
            )
            for left, right in zip(crossings[::2], crossings[1::2], strict=True):
                self.span(row, left, right, colour)

    def disc(self, x: float, y: float, radius: float, colour: int) -> None:
        for row in range(int(y - radius), int(y + radius) + 1):
            rest = radius**2 - (row - y) ** 2
            if rest >= 0:
                self.span(row, x - rest**0.5, x + rest**0.5, colour)

    def ring(self, x: float, y: float, radius: float, thickness: float, colour: int, inside: int) -> None:
        self.disc(x, y, radius, colour)
        self.disc(x, y, radius - thickness, inside)

    def line(self, points: list[Point], thickness: float, colour: int) -> None:
        for (x1, y1), (x2, y2) in pairwise(points):
            steps = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) / max(1.0, thickness / 3)))
            for step in range(steps + 1):
                self.disc(x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps, thickness / 2, colour)

    def petal(self, x: float, y: float, angle: float, length: float, breadth: float, colour: int) -> None:
        """A pointed leaf that begins at (x, y) and points along `angle`."""
        ahead, aside = (cos(angle), sin(angle)), (-sin(angle), cos(angle))
        right = [self._at(x, y, ahead, aside, length * t / 12, breadth * sin(pi * t / 12)) for t in range(13)]
        left = [self._at(x, y, ahead, aside, length * t / 12, -breadth * sin(pi * t / 12)) for t in range(12, -1, -1)]
        self.polygon(right + left, colour)

    @staticmethod
    def _at(x: float, y: float, ahead: Point, aside: Point, along: float, across: float) -> Point:
        return x + ahead[0] * along + aside[0] * across, y + ahead[1] * along + aside[1] * across

    @property
    def colours(self) -> bytes:
        return bytes(value for colour in self.palette for value in colour)

    @property
    def pixels(self) -> bytes:
        """Compressed, each row after a filter byte of 0."""
        return zlib.compress(b"".join(b"\0" + row for row in self.rows), 6)

    def write(self) -> bytes:
        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        return b"".join(
            [
                b"\x89PNG\r\n\x1a\n",
                chunk(b"IHDR", header),
                chunk(b"PLTE", self.colours),
                chunk(b"IDAT", self.pixels),
                chunk(b"IEND", b""),
            ]
        )
