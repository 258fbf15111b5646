import codecs
import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.doubts import FileInDoubt
from app.imports.faults import ImportStopped
from app.imports.sources import ReadOptions, open_source

TEXT = "Id,Name\r\n1,Zürich – Köln\r\n\r\n2,Kraków\r\n"
ROWS = [(2, ["1", "Zürich – Köln"]), (4, ["2", "Kraków"])]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8-sig"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.replace("\r\n", "\n").encode(), "utf-8-sig"),
        (TEXT.replace(",", ";").encode(), "utf-8-sig"),
        (TEXT.replace(",", "\t").encode(), "utf-8-sig"),
        (gzip.compress(TEXT.encode()), "utf-8-sig"),
        (gzip.compress(codecs.BOM_UTF8 + TEXT.encode()), "utf-8-sig"),
    ],
    ids=["utf-8", "bom", "utf-16", "line-feeds", "semicolons", "tabs", "gzip", "gzip-bom"],
)
def test_the_same_rows_are_read_however_they_are_written(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    source = open_source(path)
    assert source.encoding is not None
    assert (source.header, source.encoding.name) == (("Id", "Name"), encoding)
    assert list(source.rows()) == ROWS


def written(folder: Path, content: bytes | str, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows_of(path: Path, **reading: str) -> list[list[str] | str]:
    return [row for _, row in open_source(path, ReadOptions(**reading)).rows()]


GREETINGS = "Id,Name\n1,Grüße aus Köln\n2,Łódź 東京 škoda\n3,%s\n4,Ende gut\n"


@pytest.mark.parametrize("wrong", [b"bad \xff byte", b"cut off \xe2\x82", b"\x80", b"old \xfc"])
def test_a_wrong_byte_keeps_its_row_out_and_no_other(tmp_path: Path, wrong: bytes) -> None:
    path = written(tmp_path, GREETINGS.encode().replace(b"%s", wrong))
    assert rows_of(path) == [
        ["1", "Grüße aus Köln"], ["2", "Łódź 東京 škoda"], "has bytes that are not utf-8", ["4", "Ende gut"],
    ]  # fmt: skip


def test_a_letter_that_the_end_of_the_file_cuts_off_keeps_its_row_out(tmp_path: Path) -> None:
    path = written(tmp_path, "Id,Name\n1,Grüße Łódź\n2,K".encode() + b"\xc3")
    assert rows_of(path) == [["1", "Grüße Łódź"], "has bytes that are not utf-8"]


OTHERS = [
    ("cp1252", "Müller & Söhne – Größe"),
    ("cp1250", "Łódź Šiška odnowienie"),
    ("cp1251", "Продление договора"),
    ("cp1253", "Ανανέωση συμβολαίου"),
    ("iso8859-15", "Prix 5 € cœur"),
    ("mac-roman", "Müller Größe"),
    ("shift_jis", "株式会社 更新"),
    ("gb18030", "北京科技有限公司 续约"),
    ("big5", "台北科技公司"),
    ("euc_kr", "서울 갱신"),
    ("utf-16-le", "Zürich"),
]


@pytest.mark.parametrize(("encoding", "name"), OTHERS, ids=[one for one, _ in OTHERS])
def test_an_encoding_that_nothing_tells_stops_the_import_and_is_read_when_named(
    tmp_path: Path, encoding: str, name: str
) -> None:
    path = written(tmp_path, f"Id,Name\n1,{name}\n2,plain\n".encode(encoding))
    with pytest.raises(FileInDoubt, match="nothing tells its encoding") as stopped:
        open_source(path)
    assert "--encoding" in str(stopped.value)
    assert rows_of(path, encoding=encoding) == [["1", name], ["2", "plain"]]


@pytest.mark.parametrize(("encoding", "name"), OTHERS[:10], ids=[one for one, _ in OTHERS[:10]])
def test_the_right_reading_is_among_those_shown_where_the_file_is_long_enough(
    tmp_path: Path, encoding: str, name: str
) -> None:
    lines = "".join(f"{n},{name}\n" for n in range(40))
    with pytest.raises(FileInDoubt) as stopped:
        open_source(written(tmp_path, f"Id,Name\n{lines}".encode(encoding)))
    assert name in str(stopped.value)


def test_bytes_that_a_named_encoding_lacks_keep_their_row_out(tmp_path: Path) -> None:
    path = written(tmp_path, "Id,Name\n1,Größe\n2,".encode("cp1252") + b"\x81\n3,fein\n")
    assert rows_of(path, encoding="cp1252") == [["1", "Größe"], "has bytes that are not cp1252", ["3", "fein"]]


@pytest.mark.parametrize("name", ["utf-9", "base64", "", "rot13", "x" * 500])
def test_an_encoding_that_there_is_not_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportStopped, match="is no encoding that is known here"):
        open_source(written(tmp_path, "Id,Name\n1,ä\n"), ReadOptions(encoding=name or " "))


def test_utf_8_that_goes_wrong_late_in_a_long_file_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path, b"Id,Name\n" + b"1,Ada\n" * 400_000 + b"2,Z\xfcrich\n")
    with pytest.raises(FileInDoubt, match="line 400002"):
        open_source(path)
    source = open_source(path, ReadOptions(encoding="cp1252"))
    assert list(source.rows())[-1] == (400_002, ["2", "Zürich"])
    assert source.read == source.size == path.stat().st_size


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sep=;\nId;Name\n1;a\n", [["1", "a"]]),
        ("SEP=|\r\nId|Name\r\n1|a\r\n", [["1", "a"]]),
        ('"sep=\t"\nId\tName\n1\ta\n', [["1", "a"]]),
        ("\ufeffsep=;\nId;Name\n1;a,b\n", [["1", "a,b"]]),
        ('Id;"Region, country, state, zip"\n1;"x"\n', [["1", "x"]]),
        ("Id;Name, first, middle\n1;Ada\n2;Bea\n", [["1", "Ada"], ["2", "Bea"]]),
        ("Id\tName; other\n1\tAda, B.\n", [["1", "Ada, B."]]),
        ("Id|Name\n1|a,b;c\n", [["1", "a,b;c"]]),
        ("Id,Name\r1,Ada\r2,Bea\r", [["1", "Ada"], ["2", "Bea"]]),
        ("Id,Name\r\n1,Ada\n2,Bea\r3,Cleo", [["1", "Ada"], ["2", "Bea"], ["3", "Cleo"]]),
        ("Id;Name\n1;Ada\n;\n ; \n\n2;Bea\n", [["1", "Ada"], ["2", "Bea"]]),
        ("Id,Name\n1,Ada,,\n", [["1", "Ada"]]),
        ("Id,Name\n1,Ada\n\ufeffId,Name\n2,Bea\n", [["1", "Ada"], ["2", "Bea"]]),
        ("Id\u00a0,\u200bName\n1,Ada\n", [["1", "Ada"]]),
        ('Id,Name\n1,Ada\u2028Lovelace\x0b\n', [["1", "Ada\u2028Lovelace\x0b"]]),
    ],
)  # fmt: skip
def test_a_file_tells_how_its_cells_are_separated(tmp_path: Path, text: str, rows: list[list[str]]) -> None:
    source = open_source(written(tmp_path, text))
    assert [row for _, row in source.rows()] == rows
    assert source.header[0] == "Id"


def test_two_signs_that_make_a_table_of_it_are_a_doubt(tmp_path: Path) -> None:
    path = written(tmp_path, "A,B;C\n1,2;3\n4,5;6\n")
    with pytest.raises(FileInDoubt, match="--delimiter") as stopped:
        open_source(path)
    assert "2 cells by comma; 2 cells by semicolon" in str(stopped.value)
    assert rows_of(path, delimiter=";") == [["1,2", "3"], ["4,5", "6"]]


def test_a_quote_that_never_closes_keeps_out_what_it_holds_and_names_the_lines(tmp_path: Path) -> None:
    source = open_source(written(tmp_path, 'Id,Name\n1,"open\n2,b\n3,c\n'))
    ((line, row),) = list(source.rows())
    assert (line, source.ended, row) == (2, 4, "is not CSV: unexpected end of data")


@pytest.mark.parametrize("cell", ['"Rack 19\\" server"', '"a"b', '"a" ', '"a"""b"c'])
def test_text_behind_a_closing_quote_keeps_its_row_out(tmp_path: Path, cell: str) -> None:
    rows = rows_of(written(tmp_path, f"Id,Name\n1,{cell}\n2,fine\n"))
    assert isinstance(rows[0], str)
    assert rows[0].startswith("is not CSV: ")
    assert rows[1:] == [["2", "fine"]]


def test_an_escape_is_read_where_it_is_stated(tmp_path: Path) -> None:
    text = 'Id,Name\n1,"Rack 19\\" server"\n2,"said \\"no, not now\\" twice"\n3,"a ""b"""\n'
    assert rows_of(written(tmp_path, text), escape="\\") == [
        ["1", 'Rack 19" server'], ["2", 'said "no, not now" twice'], ["3", 'a "b"'],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"%PDF-1.7 x", "a PDF document"),
        (b"<!DOCTYPE html><table>", "a web page"),
        (b"\n <html><body>", "a web page"),
        (b"<?xml version='1.0'?><Workbook/>", "an XML document"),
        (b"PAR1xxxx", "a Parquet file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "no workbook that can be read"),
        (b"PK\x03\x04broken", "a ZIP archive that can't be read"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path: Path, content: bytes, named: str) -> None:
    with pytest.raises(ImportStopped, match=named):
        open_source(written(tmp_path, content))


def test_a_zip_of_other_files_says_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("deals.csv", "Id,Name")
    with pytest.raises(ImportStopped, match=r"unpack it .* deals\.csv"):
        open_source(path)


DIALECTS = st.sampled_from([",", ";", "\t", "|"])
CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8).filter(
    lambda cell: cell.strip() == cell
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8), DIALECTS,
       st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]), st.sampled_from(["\n", "\r\n"]))  # fmt: skip
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], sign: str, encoding: str, end: str
) -> None:
    out = io.StringIO(newline="")
    table = csv.writer(out, delimiter=sign, lineterminator=end, quoting=csv.QUOTE_ALL)
    table.writerow(["Id", "First", "Second"])
    table.writerows([f"x{n}", *row[1:]] for n, row in enumerate(rows))
    path = tmp_path_factory.mktemp("csv") / "export.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    read = [row for _, row in open_source(path, ReadOptions(encoding=encoding, delimiter=sign)).rows()]
    assert read == [[f"x{n}", *row[1:]] for n, row in enumerate(rows)]


@given(st.integers(0, 10_000), st.integers(0x80, 0xFF))
def test_one_wrong_byte_changes_no_other_row(tmp_path_factory: pytest.TempPathFactory, place: int, byte: int) -> None:
    """Wherever it stands behind the header, the other rows come as they were, or the import stops."""
    lines = [f"x{n},Łódź {n},škoda".encode() for n in range(8)]
    content = bytearray(b"\n".join([b"Id,First,Second", *lines, b""]))
    at = 16 + place % (len(content) - 16)
    if chr(content[at]) in "\n,":
        return
    content[at] = byte
    hit = content[:at].count(b"\n") - 1
    path = tmp_path_factory.mktemp("csv") / "export.csv"
    path.write_bytes(content)
    read = [row for _, row in open_source(path).rows()]
    assert [row for n, row in enumerate(read) if n != hit] == [
        line.decode().split(",") for n, line in enumerate(lines) if n != hit
    ]


def test_a_delimiter_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Id|Name, first\n1|Ada\n")
    assert open_source(path, ReadOptions(delimiter="|")).header == ("Id", "Name, first")


def test_quoted_cells_hold_delimiters_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('Id,Name\n1,"a, ""b""\nc"\n2,d\n')
    assert list(open_source(path).rows()) == [(2, ["1", 'a, "b"\nc']), (4, ["2", "d"])]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" , \n,\n"])
def test_a_file_without_a_header_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(ImportStopped, match="the file is empty; its first line must name the columns"):
        open_source(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportStopped, match="No such file or directory"):
        open_source(tmp_path / "export.csv")


def test_half_a_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode() * 100)[:-20])
    with pytest.raises(ImportStopped, match="end-of-stream marker"):
        open_source(path)
