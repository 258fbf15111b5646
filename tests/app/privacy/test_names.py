"""A name is found in texts and in JSON however it is spelled there, and nobody else's is."""

import json

from app.privacy.spellings import REPLACED, pattern_of
from tests.schema.world import Demo

ERASED = "[erased]"
NAMES = {
    "Anna Muster": (
        *(
            "Anna Muster",
            "ANNA MUSTER",
            "Anna MUSTER",
            "anna muster",
            "Anna  Muster",
            "Anna\nMuster",
            "Anna\r\n\tMuster",
        ),
        *("Anna\u00a0Muster", "Anna\u202fMuster", "Anna\u2009Muster", "Anna\u200bMuster", "Anna_Muster", "anna.muster"),
        *(
            "Muster, Anna",
            "MUSTER, Anna",
            "Muster,Anna",
            "Muster,\nAnna",
            "Muster,\u00a0Anna",
            "Anna-Muster",
            r"Anna\nMuster",
        ),
    ),
    "Anna-Lena Groß-Müller": (
        *(
            "Anna-Lena Groß-Müller",
            "Anna Lena Groß-Müller",
            "Anna\u2011Lena Groß\u2010Müller",
            "Anna-Lena GROSS-MÜLLER",
        ),
        *("Anna-Lena Gro\u00df-Mu\u0308ller", "ANNA-LENA GROSS-MU\u0308LLER", "Anna-Lena Gross-Muller"),
        *("Anna-Lena Gross-Mueller", "Groß-Müller, Anna-Lena", r"Anna-Lena Gro\u00df-M\u00fcller"),
    ),
    "Jan van der Berg": ("Jan van der Berg", "Jan Van Der Berg", "van der Berg, Jan", "Berg, Jan van der"),
    "Søren O’Łuk": (
        "Søren O’Łuk",
        "SØREN O'ŁUK",
        "Soren O'Luk",
        "Søren O\u02bcŁuk",
        "Søren O`Łuk",
        r"S\u00f8ren O\u2019\u0141uk",
    ),
    "J. P. Muster": ("J. P. Muster", "J.P. Muster", "J P Muster", "Muster, J. P"),
    'Ann "Bo" Li': ('Ann "Bo" Li', 'Li, Ann "Bo"', 'ANN "BO"\nLI'),
    "李 小龙": ("李 小龙", "李\u3000小龙"),
}
AROUND = (
    *(
        "{}",
        "({})",
        "“{}”",
        "\n{}\n",
        "\t{}",
        "\r\n{}",
        "\f{}",
        "\b{}",
        "\x01{}\x02",
        "\u00a0{}\u00a0",
        "\u2014{}\u2014",
    ),
    *(
        "{}s Wunsch",
        "{}'s wish",
        "{}’s wish",
        "{}' wish",
        "{}’ wish",
        "{}\u02bcs wish",
        r"C:\{}",
        '"{}"',
        "file_{}_2",
        "'{}'",
    ),
    *(r"nested:\n{}\n", "<b>{}</b>", "*{}*", "{}S WUNSCH"),
)
OTHERS = (
    *("Anna", "Muster", "Anna Musterfrau", "Johanna Muster", "Anna Mustermann", "Anna and Muster", "Anna B. Muster"),
    *(
        "Muster Anna",
        "Anna; Muster",
        "Anna, Muster",
        "Anna: Muster",
        "Anna Mustersen",
        "Musters, Annas",
        'Anna", "Muster',
    ),
    *("Jan Berg", "Anna Lena", "Groß-Müller", "J. Muster", "Anna Li", "小龙"),
)


async def replaced(demo: Demo, texts: list[str], name: str) -> list[str]:
    """In texts; and, the same, in a document of JSON."""
    pattern, of_json = pattern_of([], name), pattern_of([], name, of_json=True)
    statement = (
        "SELECT ARRAY(SELECT regexp_replace(one, $2, $4, 'gi') FROM unnest($1::text[]) WITH ORDINALITY u(one, n)"
        " ORDER BY n) AS texts, regexp_replace(to_jsonb($1::text[])::text, $3, $4, 'gi')::jsonb::text AS json"
    )
    [row] = await demo.database.fetch(statement, texts, pattern, of_json, REPLACED)
    assert json.loads(row["json"]) == row["texts"]
    found: list[str] = row["texts"]
    return found


async def test_a_name_is_found_however_it_is_spelled(demo: Demo) -> None:
    for name, spellings in NAMES.items():
        texts = [around.format(one) for one in spellings for around in AROUND]
        left = [around.format(ERASED) for _ in spellings for around in AROUND]
        assert dict(zip(texts, await replaced(demo, texts, name), strict=True)) == dict(zip(texts, left, strict=True))


async def test_nobody_else_is_meant(demo: Demo) -> None:
    for name in NAMES:
        assert await replaced(demo, list(OTHERS), name) == list(OTHERS)


async def test_escaped_letters_of_a_document_within_one_are_read(demo: Demo) -> None:
    inner = json.dumps({"said": "\nAnna-Lena Groß-Müller’s wish"})
    assert await replaced(demo, [inner], "Anna-Lena Groß-Müller") == [json.dumps({"said": f"\n{ERASED}’s wish"})]


async def test_an_address_is_found_as_it_stands_alone(demo: Demo) -> None:
    pattern = pattern_of(["jo.m@x.example", "+49 30 12"], None, of_json=True)
    texts = json.dumps(["\njo.m@x.example\n", "JO.M@x.example,", "\n+49 30 12", "jo-m@x.example", "jo.m@x.examples"])
    found = await demo.value("SELECT regexp_replace($1, $2, $3, 'gi')", texts, pattern, REPLACED)
    assert json.loads(found) == [f"\n{ERASED}\n", f"{ERASED},", f"\n{ERASED}", "jo-m@x.example", "jo.m@x.examples"]
