"""Which company is meant, and which filings it made."""

import json
from pathlib import Path
from typing import Any

import pytest

from dexter.tools.errors import BadArgument, NotSetUp, NotThere, Unfit
from dexter.tools.filings.edgar import user_agent
from tests.support.sec import CONTACT, Asking
from tests.support.servers.pages import Page, json_page


@pytest.mark.parametrize(
    ("text", "cik"),
    [
        ("ACMW", 1000001),
        ("$acmw", 1000001),
        ("Acme Widgets", 1000001),
        ("acme widgets, inc", 1000001),
        ("1000001", 1000001),
        ("CIK0001000001", 1000001),
        ("BRR.B", 1000002),
        ("brr/a", 1000002),
        ("BRR A", 1000002),
        ("Brook & Reed Holdings Corporation", 1000002),
    ],
)
def test_a_company_is_found_by_ticker_name_and_number(asking: Asking, text: str, cik: int):
    assert asking("company_filings", company=text)["company"]["cik"] == cik


def test_a_company_that_does_not_exist_is_told_with_the_nearest(asking: Asking):
    with pytest.raises(NotThere) as caught:
        asking("company_filings", company="Acme Widgetz")
    assert "Acme Widgets Inc. (ACMW), CIK 1000001" in str(caught.value)
    assert "no longer listed" in str(caught.value)


def test_a_name_of_two_companies_is_told_with_both(asking: Asking):
    asking.server.put(
        "/files/company_tickers.json",
        json_page(
            {
                "0": {"cik_str": 5, "ticker": "GLOB", "title": "Globex Corp"},
                "1": {"cik_str": 6, "ticker": "GLBX", "title": "GLOBEX INC"},
            }
        ),
    )
    with pytest.raises(NotThere, match=r"single company 'Globex'.*CIK 5; .*CIK 6"):
        asking("company_filings", company="Globex")


def test_companies_are_found_by_words_best_first(asking: Asking):
    found = asking("find_company", name="globex")["companies"]
    assert [each["cik"] for each in found] == [1000005, 1000006]
    assert asking("find_company", name="BRR.B")["companies"][0] == {
        "cik": 1000002,
        "name": "BROOK & REED HOLDINGS CORP",
        "tickers": ["BRR-B", "BRR-A"],
    }
    with pytest.raises(NotThere):
        asking("find_company", name="Zzyzx Quux")
    with pytest.raises(BadArgument):
        asking("find_company", name=" ")


def test_a_list_of_filings_has_number_dates_items_and_link(asking: Asking):
    told = asking("company_filings", company="ACMW", limit=3)
    assert told["company"] == {
        "cik": 1000001,
        "name": "Acme Widgets Inc.",
        "tickers": ["ACMW"],
        "industry": "Miscellaneous Manufacturing Industries",
        "fiscal_year_ends": "09-28",
        "former_names": ["ACME WIDGET WORKS INC"],
    }
    assert told["more"]
    assert told["filings"][0] == {
        "form": "8-K",
        "filed": "2024-12-02",
        "accession_number": "0001000001-24-000090",
        "link": f"{asking.server.address}/Archives/edgar/data/1000001/000100000124000090/acmw-8k.htm",
        "period": "2024-12-02",
        "items": ["2.02", "9.01"],
    }


@pytest.mark.parametrize(
    ("wanted", "filed"),
    [
        (
            {"forms": ["10-K"], "from_date": "2022-01-01"},
            ["2024-11-04", "2024-01-19", "2023-11-03", "2022-10-28"],
        ),
        ({"forms": ["10-K/A"]}, ["2024-01-19"]),
        ({"forms": ["form 10-q"], "to_date": "2024-05-03"}, ["2024-05-03", "2024-02-02"]),
        ({"to_date": "2018-12-31"}, ["2018-11-05", "1999-12-20"]),
    ],
)
def test_filings_are_chosen_by_form_and_date_amendments_and_old_ones_too(
    asking: Asking, wanted: dict[str, Any], filed: list[str]
):
    found = asking("company_filings", company="ACMW", **wanted)["filings"]
    assert [each["filed"] for each in found] == filed


def test_older_files_are_asked_for_only_where_they_may_hold_something(asking: Asking):
    asking("company_filings", company="1000001", from_date="2023-01-01", limit=50)
    assert asking.server.paths == ["/submissions/CIK0001000001.json"]


def test_no_such_filing_is_told_with_what_there_is(asking: Asking):
    with pytest.raises(NotThere, match=r"Its latest: 8-K of 2024-12-02, 10-K of 2024-11-04"):
        asking("company_filings", company="ACMW", forms=["S-1"])
    with pytest.raises(BadArgument, match="from_date"):
        asking("company_filings", company="ACMW", from_date="last year")
    with pytest.raises(NotThere, match="company with CIK 42"):
        asking("company_filings", company="42")


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"name": 5}',
        b'{"name": "A", "filings": {"recent": {}}}',
        b'{"name": "A"}',
        b"null",
        b"<html>",
    ],
)
def test_an_answer_of_another_form_is_told(asking: Asking, content: bytes):
    asking.server.put("/submissions/CIK0001000001.json", Page(content))
    with pytest.raises(Unfit, match=r"^The answer of SEC EDGAR can't be used: [ -~]+\.$"):
        asking("company_filings", company="1000001")


def test_names_from_the_sec_can_not_move_the_cursor(asking: Asking):
    answer = json.loads(asking.server.page("/submissions/CIK0001000001.json").content)
    answer["name"] = "Acme\x1b[2J\u202e \n<b>Widgets"
    answer["filings"]["recent"]["primaryDocDescription"][0] = "RELEASE\x07\x1b]0;x"
    asking.server.put("/submissions/CIK0001000001.json", json_page(answer))
    told = asking("company_filings", company="1000001")
    assert told["company"]["name"] == "Acme[2J <b>Widgets"
    assert told["filings"][0]["document"] == "RELEASE]0;x"


def test_the_sec_is_told_who_asks(asking: Asking, tmp_path: Path):
    asking("company_filings", company="ACMW")
    assert {each.headers["user-agent"] for each in asking.server.requests} == {f"dexter/0 {CONTACT}"}
    assert CONTACT.encode() not in b"".join(
        file.read_bytes() for file in (tmp_path / "cache").rglob("*.json")
    )


@pytest.mark.parametrize("contact", [None, "", "  ", "nobody", "a@b\x00", "é@example.invalid"])
def test_without_a_contact_nobody_is_asked(contact: str | None):
    with pytest.raises(NotSetUp, match=r"secContact.*DEXTER_SEC_CONTACT.*user\.email"):
        user_agent("dexter/0", contact)


def test_a_contact_stays_on_its_line():
    assert user_agent("dexter/0", " Ada\r\nX: y <a@b.c> ") == {"user-agent": "dexter/0 Ada X: y <a@b.c>"}
