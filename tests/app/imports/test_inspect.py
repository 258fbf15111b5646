"""`stagepath import --inspect`: what is recognised of a file, and the mapping that it makes."""

from pathlib import Path

import pytest

from app.imports.inspecting import inspect
from app.imports.mapping import load
from app.imports.proposing import proposal
from app.imports.sources import ReadOptions
from tests.commands import stagepath

USUAL = {"external_id", "name", "stage", "amount", "expected_close_date", "account_name"}
GERMAN = """Vorgangsnummer;Bezeichnung;Phase;Betrag;Währung;Abschlussdatum;Kunde;Verantwortlich;Notiz
17;Pumpen;Angebot;1.250,50;EUR;31.03.2026;Müller GmbH;Eva;gut
18;Ventile;Angebot;20.000,00;EUR;04.04.2026;Nord AG;Eva;"mit ""Rabatt"" verhandelt"
"""
AMERICAN = """Deal ID,Deal Name,Stage,Amount,Close Date,Account
1,Pumps,Proposal,"$1,250.50",3/25/2026,Acme
2,Valves,Proposal,"$20,000.00",3/4/2026,Acme
"""
DOUBTFUL = """id,title,phase,value,closing date
1,Pumps,Proposal,"1,250",03/04/2026
2,Valves,Proposal,"2,500",05/06/2026
"""
FRENCH = """Numéro;Nom;Étape;Montant;Date de clôture;Client
1;Pompes;Offre;1 250,50;31/03/2026;Société Générale
"""
SPANISH = """Número;Nombre;Etapa;Importe;Fecha de cierre;Cliente
1;Bombas;Oferta;1.250,50;31/03/2026;Acme S.A.
"""


def told(folder: Path, text: str, encoding: str = "utf-8") -> str:
    path = folder / "My CRM 2026.csv"
    path.write_bytes(text.encode(encoding))
    return proposal(inspect(path, ReadOptions(None if encoding == "utf-8" else encoding)), "my-crm")


@pytest.mark.parametrize(
    ("text", "dates", "decimal", "fields"),
    [
        (GERMAN, "dd.mm.yyyy", ",", USUAL | {"currency", "owner", "notes"}),
        (AMERICAN, "mm/dd/yyyy", ".", USUAL),
        (FRENCH, "dd/mm/yyyy", ",", USUAL),
        (SPANISH, "dd/mm/yyyy", ",", USUAL),
    ],
    ids=["German", "American", "French", "Spanish"],
)
def test_the_mapping_that_is_written_reads_the_file(
    tmp_path: Path, text: str, dates: str, decimal: str, fields: set[str]
) -> None:
    (tmp_path / "mapping.yaml").write_text(told(tmp_path, text), encoding="utf-8")
    mapping = load(str(tmp_path / "mapping.yaml"))
    assert mapping.numbers is not None
    assert (mapping.dates, mapping.numbers.decimal) == ((dates,), decimal)
    assert set(mapping.files["opportunities"].columns) == fields


def test_what_is_in_doubt_is_left_to_its_reader_with_both_readings(tmp_path: Path) -> None:
    written = told(tmp_path, DOUBTFUL)
    assert '# expected_close_date: {column: "closing date", dates: ["dd/mm/yyyy"]}' in written
    assert '# expected_close_date: {column: "closing date", dates: ["mm/dd/yyyy"]}' in written
    assert '# numbers: {decimal: ",", thousands: "", grouping: three}' in written
    assert '# numbers: {decimal: ".", thousands: ",", grouping: three}' in written
    assert "\nnumbers:" not in written


def test_an_encoding_that_was_named_stands_in_the_mapping(tmp_path: Path) -> None:
    assert 'encoding: "cp1252"' in told(tmp_path, GERMAN, "cp1252")


def test_a_column_that_is_needed_and_missing_is_asked_for(tmp_path: Path) -> None:
    assert "# stage: which column?" in told(tmp_path, "ID,Name,Foo\n1,a,b\n")


def test_the_command_prints_and_writes_and_needs_no_database(tmp_path: Path) -> None:
    (tmp_path / "Büro 1.csv").write_text(GERMAN, encoding="utf-8")
    done = stagepath(tmp_path, "import", "--inspect", "Büro 1.csv", "--write-mapping", "m.yaml", COLUMNS="200")
    assert (done.returncode, done.stderr) == (0, "")
    for line in ("Encoding: utf-8", "Delimiter: semicolon", "Rows: 2, 0 that can't be read, 0 blank"):
        assert line in done.stdout
    assert "dates: dd.mm.yyyy" in done.stdout
    assert load(str(tmp_path / "m.yaml")).system == "b-ro-1"


def test_a_file_that_can_not_be_told_says_which_option_settles_it(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes(GERMAN.encode("cp1252"))
    done = stagepath(tmp_path, "import", "--inspect", "old.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--encoding cp1252" in done.stderr
    assert "cp1252: 17;Pumpen" in done.stderr or "Müller GmbH" in done.stderr


def test_without_anything_it_shows_its_help(tmp_path: Path) -> None:
    done = stagepath(tmp_path, "import")
    assert done.returncode == 2
    assert "--inspect" in done.stdout


def test_a_sign_between_thousands_stands_in_the_mapping(tmp_path: Path) -> None:
    written = told(tmp_path, "Nummer;Name;Phase;Betrag\n1;a;b;1.250,50\n2;c;b;99,90\n")
    assert 'numbers: {decimal: ",", thousands: ".", grouping: three}' in written.splitlines()
