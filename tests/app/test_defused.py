import pytest

from app.defused import defused


@pytest.mark.parametrize(
    "text",
    ["=1+2", "=cmd|x", "+1+1", "-x", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+2", "'=1", '"=1', "-1+cmd|' /C calc'!A0",
     "\ufeff=1", "\n=1", "+49 170", "-"],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    if text == "+49 170":
        assert defused(text) == text
    else:
        assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-500", "-1.250,50", "+5", "-5%", "1=1", "a@b.example", "", "plain", "3-1"])
def test_numbers_and_other_text_stay(text: str) -> None:
    assert defused(text) == text
