"""A licence as a file is for whoever sees all of it: file and API never differ, and what is hidden isn't there."""

from api.licences import FILES
from domain.exchange.formats import MEDIA_TYPES
from tests.isolation.people import Somebody
from tests.schema.conftest import House

ASK = '{{ node(id: "{}") {{ ... on Licence {{ terms {{ id }} }} }} }}'
LICENCES = ["alpha deal", "alpha draft deal", "pool deal"]


async def test_a_file_shows_no_more_than_the_api(house: House, askers: list[Somebody]) -> None:
    seen = 0
    for name in LICENCES:
        key = house.id("Licence", name)
        for somebody in askers:
            answer = await somebody.answer(ASK.format(key))
            told = bool(answer and answer["node"] and answer["node"]["terms"] is not None)
            for file, kind in FILES.items():
                found = await somebody.person.client.get(f"/licences/{key}/{file}")
                assert (found.status_code == 200) is told, (somebody.name, name)
                if told:
                    seen += 1
                    assert found.headers["content-type"].partition(";")[0] == MEDIA_TYPES[kind]
                    assert found.headers["cache-control"] == "private, no-cache"
                elif found.status_code != 403:
                    unknown = await somebody.person.client.get(f"/licences/{key[:-2]}xx/{file}")
                    assert (found.status_code, found.json()) == (404, unknown.json())
                head = await somebody.person.client.head(f"/licences/{key}/{file}")
                assert (head.status_code, head.content) == (found.status_code, b"")
    assert 0 < seen < len(askers) * len(LICENCES) * len(FILES)


async def test_there_are_no_other_files(house: House, askers: list[Somebody]) -> None:
    admin = next(somebody for somebody in askers if somebody.kind == "admin")
    key = house.id("Licence", "alpha deal")
    for path in (f"{key}/licence.pdf", f"{house.id('Member', 'alpha')}/onixpl.xml", "x/onixpl.xml"):
        assert (await admin.person.client.get(f"/licences/{path}")).status_code == 404
