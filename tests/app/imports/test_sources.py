import codecs
import gzip
from pathlib import Path

import pytest

from app.imports.faults import ImportStopped
from app.imports.sources import open_source

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
    assert (source.header, source.encoding) == (("Id", "Name"), encoding)
    assert list(source.rows()) == ROWS


def test_what_is_not_utf_8_is_read_as_windows_1252_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("Id,Name\n1,Zürich – Köln\n".encode("cp1252"))
    source = open_source(path)
    assert list(source.rows()) == ROWS[:1]
    assert source.notices == ["export.csv: not UTF-8, so read as Windows-1252"]


def test_utf_8_that_goes_wrong_late_in_a_long_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"Id,Name\n" + b"1,Ada\n" * 400_000 + b"2,Z\xfcrich\n")
    source = open_source(path)
    assert source.encoding == "cp1252"
    assert list(source.rows())[-1] == (400_002, ["2", "Zürich"])
    assert source.read == source.size == path.stat().st_size


def test_a_delimiter_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Id|Name, first\n1|Ada\n")
    assert open_source(path, "|").header == ("Id", "Name, first")


def test_quoted_cells_hold_delimiters_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('Id,Name\n1,"a, ""b""\nc"\n2,d\n')
    assert list(open_source(path).rows()) == [(2, ["1", 'a, "b"\nc']), (4, ["2", "d"])]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" , \n1,2\n"])
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
