"""Where a sign-in may lead afterwards: to a page of our own, whatever a link says (open redirects serve phishers)."""

from urllib.parse import urlsplit

DEFAULT = "/"
MAX_LENGTH = 4096


def own_path(target: str | None, public_url: str) -> str:
    """The target as a path of our own; the default page for everything else.

    Browsers read `\\` as `/` and drop tabs and line feeds inside an address, so anything but plain printable ASCII
    without a backslash is refused before it is taken apart.
    """
    if not target or len(target) > MAX_LENGTH or "\\" in target or not all("!" <= letter <= "~" for letter in target):
        return DEFAULT
    if target.startswith(f"{public_url}/"):
        target = target.removeprefix(public_url)
    if not target.startswith("/") or target.startswith("//"):
        return DEFAULT
    try:
        parts = urlsplit(target)
    except ValueError:
        return DEFAULT
    return DEFAULT if parts.scheme or parts.netloc else target
