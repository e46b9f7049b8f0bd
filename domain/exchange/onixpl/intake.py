"""An ONIX-PL document as a file that is loaded: the same rows as of a licence file in YAML."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.exchange.onixpl import reading
from domain.exchange.onixpl.reading import Options
from domain.intake.cells import Row
from domain.intake.licence import LicenceFile
from domain.intake.source import Source


@dataclass(frozen=True)
class OnixLicence(LicenceFile):
    """`options` are what the command says of the licence itself."""

    options: Options = field(default_factory=Options)

    @property
    def target(self) -> dict[str, str]:
        named = {"code": self.options.code, "licensor": self.options.licensor}
        return {key: value for key, value in named.items() if value}

    def rows(self, source: Source) -> Iterable[Row]:
        found, notes = reading.read(source, self.options)
        yield Row(1, found, [*notes])
