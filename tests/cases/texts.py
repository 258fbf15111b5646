"""Files as they are: encodings, line ends, delimiters, quotes, headers."""

import gzip

from tests.cases.trial import Member, mapping
from tests.cases.writing import ENGLISH, GERMAN, STAGE, deals, text

HEAD = "ID;Name;Stage;Amount"
ONE = f"1;a;{STAGE};5"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
NOTES = "ID,Name,Stage,Amount,Notes"
ESCAPED = mapping(escape="\\", numbers={"decimal": ".", "thousands": ","})


def named(name: str) -> str:
    return text(HEAD, f"1;{name};{STAGE};5")


def coded(name: str, encoding: str, *, said: str | None = None) -> Member:
    """A name in an encoding that is stated."""
    return deals(
        "05", f"{encoding}, said", named(name).encode(encoding), {"1": {"name": name}}, encoding=said or encoding
    )


def doubted(name: str, encoding: str) -> Member:
    return deals("05", f"{encoding}, not said", named(name).encode(encoding), stops=("--encoding", name))


MEMBERS: tuple[Member, ...] = (
    deals(
        "03",
        "a quote that opens in the last line",
        text(NOTES, f"1,a,{STAGE},5,x", f'2,"b,{STAGE},6,y'),
        {"1": {}},
        ENGLISH,
        rejected=(3,),
    ),
    deals(
        "03",
        "a quote that opens and closes far below",
        text(NOTES, f'1,"a,{STAGE},5,x', f"2,b,{STAGE},6,y", f'3,c",{STAGE},7,z', f"4,d,{STAGE},8,z"),
        {"4": {"amount": "8"}},
        ENGLISH,
        rejected=(2,),
        says=("3", "4"),
    ),
    deals(
        "03",
        "notes of two lines",
        text(NOTES, f'1,a,{STAGE},5,"first\nsecond"', f"2,b,{STAGE},6,"),
        {"1": {"notes": "first\nsecond"}, "2": {}},
        ENGLISH,
    ),
    deals(
        "03",
        "a stage of two lines",
        text(NOTES, '1,a,"Quali\nfication",5,x', f"2,b,{STAGE},6,"),
        {"2": {}},
        ENGLISH,
        rejected=(2,),
    ),
    deals(
        "03",
        "lines that end with a carriage return",
        text(HEAD, ONE, f"2;b;{STAGE};6", line="\r"),
        {"1": {}, "2": {"amount": "6"}},
    ),
    deals("03", "no end of the last line", text(HEAD, ONE, f"2;b;{STAGE};6").rstrip(), {"1": {}, "2": {"amount": "6"}}),
    deals("03", "the mark of DOS at the end", text(HEAD, ONE) + "\x1a", {"1": {}}),
    deals(
        "03",
        "other separators of lines in a name",
        text(HEAD, f"1;a\N{LINE SEPARATOR}b;{STAGE};5", f"2;c;{STAGE};6"),
        {"1": {"name": "a b"}, "2": {}},
    ),
    deals(
        "03", "a vertical tab and a form feed in notes", text(NOTES, f"1,a,{STAGE},5,x\x0by\x0cz"), {"1": {}}, ENGLISH
    ),
    deals(
        "04",
        "a last letter that is cut off",
        text(HEAD, ONE, f"2;Müller;{STAGE};6", "3;Grü").encode()[:-2],
        {"1": {}, "2": {"name": "Müller"}},
        rejected=(4,),
    ),
    deals(
        "04",
        "half a pair of UTF-16 in UTF-8",
        text(HEAD, f"1;ä;{STAGE};5").encode() + b"2;\xed\xa0\x80x;Qualification;6\n",
        {"1": {"name": "ä"}},
        rejected=(3,),
    ),
    deals(
        "04",
        "an overlong letter",
        text(HEAD, f"1;ä;{STAGE};5").encode() + b"2;\xc0\xafx;Qualification;6\n",
        {"1": {"name": "ä"}},
        rejected=(3,),
    ),
    deals("04", "a nought among letters", text(HEAD, ONE) + f"2;b\0c;{STAGE};6\n", {"1": {}}, rejected=(3,)),
    deals(
        "04",
        "one letter of Windows among much UTF-8",
        text(HEAD, *(f"{n};Grüße {n};{STAGE};5" for n in range(1, 30))).encode()
        + "30;Müller;Qualification;6\n".encode("cp1252"),
        {str(n): {} for n in range(1, 30)},
        rejected=(31,),
    ),
    deals("04", "a mark in the middle", text(HEAD, ONE, f"{BOM}2;b;{STAGE};6"), {"1": {}, "2": {}}),
    deals("04", "a mark twice", BOM * 2 + text(HEAD, ONE), {"1": {}}),
    deals("04", "a mark in front of a quoted header", BOM + f'"ID";"Name";"Stage";"Amount"\n{ONE}\n', {"1": {}}),
    deals(
        "05",
        "UTF-16, zipped",
        gzip.compress(named("Müller").encode("utf-16")),
        {"1": {"name": "Müller"}},
        kind="csv.gz",
    ),
    deals(
        "05", "UTF-16 without a mark", named("Müller").encode("utf-16-le"), stops=("--encoding", "utf-16-le", "Müller")
    ),
    deals(
        "05",
        "UTF-16 without a mark, said",
        named("Müller").encode("utf-16-be"),
        {"1": {"name": "Müller"}},
        encoding="utf-16-be",
    ),
    deals("05", "UTF-32", named("Müller").encode("utf-32"), {"1": {"name": "Müller"}}),
    deals(
        "05",
        "UTF-8 although something else is said",
        named("Müller").encode(),
        {"1": {"name": "Müller"}},
        encoding="cp1252",
    ),
    deals("05", "an encoding that isn't one", named("Müller").encode("cp1252"), stops=("klingon",), encoding="klingon"),
    deals(
        "05",
        "an encoding that is none of letters",
        named("Müller").encode("cp1252"),
        stops=("rot13",),
        encoding="rot13",
    ),
    deals(
        "05",
        "a mapping that names it",
        named("Müller").encode("cp1252"),
        {"1": {"name": "Müller"}},
        mapping(encoding="cp1252"),
    ),
    coded("Шариковые ручки", "cp1251"),
    coded("Шариковые ручки", "koi8-r"),
    coded("Ελληνικά", "cp1253"),
    coded("전자 제품", "euc-kr"),
    coded("電子產品", "big5"),
    coded("ปากกา", "cp874"),
    coded("İstanbul Şirketi", "iso-8859-9"),
    coded("Fußgänger", "mac-roman"),
    coded("שלום", "cp1255"),
    coded("Grüße – „so“", "cp1252"),
    doubted("Шариковые ручки для школы", "cp1251"),
    doubted("電子產品公司", "big5"),
    doubted("전자 제품 회사", "euc-kr"),
    doubted("Müller Fußböden", "cp1252"),
    doubted("Żółta łódź", "cp1250"),
    deals("12", "a separator that is a tab", "sep=\t\n" + text(HEAD, ONE).replace(";", "\t"), {"1": {}}),
    deals("12", "a separator in quotes, behind a mark", f'{BOM}"sep=;"\r\n' + text(HEAD, ONE), {"1": {}}),
    deals("12", "a separator in capitals", "SEP=|\n" + text(HEAD, ONE).replace(";", "|"), {"1": {}}),
    deals("12", "a separator, in UTF-16", ("sep=;\r\n" + text(HEAD, ONE)).encode("utf-16"), {"1": {}}),
    deals("12", "a separator that no file ever has", "sep=^\n" + text(HEAD, ONE).replace(";", "^"), {"1": {}}),
    deals(
        "13",
        "bars with commas in a name",
        text("ID|Name|Stage|Amount|Region, country, city", f"1|a, b, c|{STAGE}|5|x, y"),
        {"1": {"name": "a, b, c"}},
    ),
    deals(
        "13",
        "commas with semicolons in a quoted column",
        text('ID,Name,Stage,Amount,"a;b;c;d;e;f"', f"1,a,{STAGE},5,x"),
        {"1": {}},
        ENGLISH,
    ),
    deals(
        "13",
        "tabs with commas in a column",
        text("ID\tName\tStage\tAmount\ta, b, c, d, e, f", f"1\ta\t{STAGE}\t5\tx"),
        {"1": {}},
    ),
    deals("13", "one column", text("ID", "1", "2"), stops=("Name",)),
    deals("13", "a delimiter at every end", text(HEAD + ";", ONE + ";", f"2;b;{STAGE};6;"), {"1": {}, "2": {}}),
    deals("13", "a delimiter at the header's end alone", text(HEAD + ";", ONE, f"2;b;{STAGE};6"), {"1": {}, "2": {}}),
    deals("13", "a delimiter at the rows' ends alone", text(HEAD, ONE + ";", f"2;b;{STAGE};6;"), {"1": {}, "2": {}}),
    deals(
        "13",
        "a comma too many in a row",
        text("ID,Name,Stage,Amount", f"1,a,{STAGE},5", f"2,b, and c,{STAGE},6"),
        {"1": {}},
        ENGLISH,
        rejected=(3,),
    ),
    deals(
        "14",
        "rows of blanks",
        text(HEAD, ONE, " ; ;\N{NO-BREAK SPACE}; ", '"";"";"";""', "", "   ", f"2;b;{STAGE};6"),
        {"1": {}, "2": {}},
    ),
    deals("14", "empty rows in front of the header", "\n\n;;;\n" + text(HEAD, ONE), {"1": {}}),
    deals(
        "14",
        "lines of a title in front of the header",
        "Pipeline report\nAs of 29.11.2026\n\n" + text(HEAD, ONE, f"2;b;{STAGE};6"),
        {"1": {"amount": "5"}, "2": {}},
    ),
    deals(
        "14",
        "a title with as many delimiters",
        "Report;;;\nGenerated by;Jane Doe;;\n;;;\n" + text(HEAD, ONE),
        {"1": {}},
    ),
    deals(
        "14",
        "a title in quotes that holds the delimiter",
        '"Pipeline; all deals"\n"Filter: Stage; Amount"\n' + text(HEAD, ONE),
        {"1": {}},
    ),
    deals(
        "14",
        "two lines that may be the header",
        "Report\n" + text(HEAD, ONE, HEAD.replace("Amount", "Amount;Notes"), f"2;b;{STAGE};6;x"),
        stops=("lines 2 and 4",),
    ),
    deals("14", "no header at all", text(f"1;a;{STAGE};5", f"2;b;{STAGE};6"), stops=("ID",)),
    deals(
        "14",
        "a foot of a report",
        text(HEAD, ONE, "", '"Confidential Information - Do Not Distribute"', '"Copyright (c) 2000-2026 example.com"'),
        {"1": {}},
        rejected=(4, 5),
    ),
    deals("14", "nothing", "", stops=("empty",)),
    deals("14", "nothing but a mark", BOM, stops=("empty",)),
    deals(
        "15",
        "a column twice, the second in other letters",
        text("ID;Name;Stage;stage;Amount", f"1;a;{STAGE};Deal registration;5"),
        {"1": {"stage": STAGE}},
    ),
    deals(
        "15",
        "a column twice, in other letters than the mapping's",
        text("ID;Name;STAGE;stage;Amount", f"1;a;{STAGE};Deal registration;5"),
        stops=("Stage",),
    ),
    deals("15", "a column twice that isn't read", text(HEAD + ";X;X", ONE + ";1;2"), {"1": {}}),
    deals("15", "the id twice", text("ID;Name;Stage;ID", f"1;a;{STAGE};2"), stops=("ID",)),
    deals(
        "15",
        "blanks around the names of columns",
        text(" ID ;\N{NO-BREAK SPACE}Name; Stage;Amount ", ONE),
        {"1": {"amount": "5"}},
    ),
    deals(
        "17",
        "quotes doubled",
        text(NOTES, f'1,"Rack 19"" server",{STAGE},5,x'),
        {"1": {"name": 'Rack 19" server'}},
        ENGLISH,
    ),
    deals(
        "17",
        "quotes with a backslash, said",
        text(NOTES, f'1,"Rack 19\\" server",{STAGE},5,"a \\"b, c\\" d"'),
        {"1": {"name": 'Rack 19" server', "notes": 'a "b, c" d'}},
        ESCAPED,
    ),
    deals(
        "17",
        "a backslash in front of the last quote, said",
        text(NOTES, f'1,"C:\\\\dir\\\\",{STAGE},5,x', f"2,b,{STAGE},6,y"),
        {"1": {"name": "C:\\dir\\"}, "2": {}},
        ESCAPED,
    ),
    deals(
        "17",
        "a path that ends in a backslash, not said",
        text(NOTES, f'1,"C:\\dir\\",{STAGE},5,x', f"2,b,{STAGE},6,y"),
        {"1": {"name": "C:\\dir\\"}, "2": {}},
        ENGLISH,
    ),
    deals(
        "17",
        "text behind a closing quote",
        text(NOTES, f'1,"a" b,{STAGE},5,x', f"2,b,{STAGE},6,y"),
        {"2": {}},
        ENGLISH,
        rejected=(2,),
    ),
    deals(
        "17",
        "a quote in the middle of a cell",
        text(NOTES, f'1,Rack 19" server,{STAGE},5,x', f"2,b,{STAGE},6,y"),
        {"1": {"name": 'Rack 19" server'}, "2": {}},
        ENGLISH,
    ),
    deals(
        "17",
        "a blank in front of a quote",
        text("ID,Name,Stage,Amount", f'1, "a, b",{STAGE},5', f"2,b,{STAGE},6"),
        {"1": {"name": "a, b"}, "2": {}},
        ENGLISH,
    ),
    deals(
        "05",
        "a German file, nothing amiss",
        text(HEAD, f"1;Grüße;{STAGE};1.250,50"),
        {"1": {"name": "Grüße", "amount": "1250.5"}},
        GERMAN,
    ),
)
