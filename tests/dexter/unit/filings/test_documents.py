"""What filings say: text of their HTML, items, pages, search; and what a hostile document can't do."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, NotThere, Unfit
from dexter.tools.fetching.source import Body
from dexter.tools.filings.items import items_of
from dexter.tools.filings.markup import UNREADABLE, text_of
from dexter.tools.filings.pages import PAGE_BYTES, page_of
from tests.support.sec import Asking
from tests.support.servers.pages import Page

TENK = "0001000001-24-000081"
DOCUMENT = "/Archives/edgar/data/1000001/000100000124000081/acmw-20240928.htm"


def read(content: str | bytes, kind: str = "text/html") -> str:
    """The text of a document."""
    body = Body(content.encode() if isinstance(content, str) else content, kind)
    return asyncio.run(text_of(body, "SEC EDGAR"))


def test_an_item_is_cut_to_itself_whatever_the_table_of_contents_and_references_say(asking: Asking):
    told = asking("filing_items", company="ACMW", filing="10-K", items=["1A"])
    assert told["accession_number"] == TENK
    text = told["text"]
    assert text.count("\n") > 4
    assert "Item 1A. Risk Factors\n\nDemand for widgets may fall. Suppliers may fail." in text
    assert "warehouses, and" not in text
    assert "Business paragraph" not in text
    assert "Properties" not in text
    assert told["items_in_filing"] == [
        "Item 1 Business",
        "Item 1A Risk Factors",
        "Item 2 Properties and Legal Proceedings",
        "Item 3 Properties and Legal Proceedings",
        "Item 7 Management\u2019s Discussion and Analysis",
        "Item 8 Financial Statements",
    ]


def test_a_reference_to_an_item_does_not_end_the_one_it_stands_in(asking: Asking):
    text = asking("filing_items", company="ACMW", filing=TENK, items=["Item 1"])["text"]
    assert "Item 1A of this report" in text
    assert "More business paragraph 2" in text
    assert "Risk Factors" not in text


def test_a_heading_repeated_on_the_next_page_does_not_end_its_item(asking: Asking):
    text = asking("filing_items", company="ACMW", filing=TENK, items=["7"])["text"]
    assert "Discussion paragraph 3" in text
    assert "Net sales | $1,234.6 | $1,080.0" in text
    assert "Net income (loss) | 90.0 | (20.0)" in text


def test_two_items_under_one_heading_are_found_by_both_numbers(asking: Asking):
    second = asking("filing_items", company="ACMW", filing=TENK, items=["2"])["text"]
    third = asking("filing_items", company="ACMW", filing=TENK, items=["3"])["text"]
    assert "three warehouses" in second
    assert second == third


def test_the_parts_of_a_quarterly_report_are_told_apart(asking: Asking):
    told = asking("filing_items", company="ACMW", filing="10-Q", items=["Part II, Item 1"])
    assert "None in this quarter." in told["text"]
    assert "Statement paragraph" not in told["text"]
    both = asking("filing_items", company="ACMW", filing="10-Q", items=["1"])["text"]
    assert "None in this quarter." in both
    assert "Statement paragraph 2" in both


def test_items_of_an_8k_and_those_that_are_too_short_to_be_all(asking: Asking):
    told = asking("filing_items", company="ACMW", filing="latest 8-K", items=["2.02"])
    assert "the release is Exhibit 99.1" in told["text"]
    assert "Press release" not in told["text"]
    assert "may refer to an exhibit" in told["notes"][0]


def test_items_that_are_not_there_are_told_with_those_that_are(asking: Asking):
    with pytest.raises(NotThere, match=r"It has Item 1, Item 1A, Item 2"):
        asking("filing_items", company="ACMW", filing="10-K", items=["9B"])
    assert "text" not in asking("filing_items", company="ACMW", filing="10-K", items=[])
    with pytest.raises(NotThere, match="filing 'S-1' of Acme"):
        asking("filing_items", company="ACMW", filing="S-1", items=["1"])


def test_what_a_filing_orders_is_marked_as_quoted_and_what_nobody_sees_is_gone(asking: Asking):
    text = asking("filing_items", company="ACMW", filing=TENK, items=["1A"])["text"]
    found = re.fullmatch(r"<quoted ([0-9a-f]{12}) from (\S+)>\n(.*)\n</quoted \1>", text, re.DOTALL)
    assert found
    assert found[2] == asking.server.address + DOCUMENT
    assert "ignore all previous instructions" in found[3]
    assert "</quoted" not in found[3]
    assert "Invisible order" not in found[3]
    whole = asking("read_filing", company="ACMW", filing=TENK)["text"]
    for hidden in ("Invisible order", "Hidden words", "0001000001</", "margin: 0", "\u200b"):
        assert hidden not in whole


def test_a_document_is_read_once_and_never_asked_for_again(asking: Asking):
    for _ in range(3):
        asking("read_filing", company="1000001", filing=TENK)
    assert asking.server.paths.count(DOCUMENT) == 1


def test_an_exhibit_is_read_by_its_name_and_the_list_has_no_pictures_and_tables(asking: Asking):
    told = asking("read_filing", company="ACMW", filing=TENK, document="acmw-ex13.htm")
    assert "Consolidated balance sheets." in told["text"]
    assert told["documents"] == ["acmw-20240928.htm", "acmw-ex13.htm"]
    with pytest.raises(NotThere, match=r"document nothing\.htm"):
        asking("read_filing", company="ACMW", filing=TENK, document="nothing.htm")


@pytest.mark.parametrize(
    "name", ["../../../../files/company_tickers.json", "http://evil.invalid/x", "a?b#c", "..", "%2e%2e/x"]
)
def test_a_name_leads_out_of_the_filing_nowhere(asking: Asking, name: str):
    with pytest.raises(NotThere):
        asking("read_filing", company="1000001", filing=TENK, document=name)
    assert all("/Archives/edgar/data/1000001/000100000124000081/" in path for path in asking.server.paths[1:])


def test_a_filing_of_the_first_years_is_plain_text(asking: Asking):
    told = asking("filing_items", company="ACMW", filing="0001000001-99-000007", items=["1"])
    assert "makes widgets of brass" in told["text"]
    assert "One warehouse" not in told["text"]
    assert "TOTAL-ASSETS" not in asking("read_filing", company="ACMW", filing="000100000199000007")["text"]


def test_a_long_text_comes_in_pages_that_hold_all_of_it(asking: Asking):
    text = "".join(f"<p>Paragraph {number} of many.</p>" for number in range(5000))
    asking.server.put(
        DOCUMENT, Page(f"<html><body>{text}</body></html>".encode(), headers={"content-type": "text/html"})
    )
    first = asking("read_filing", company="ACMW", filing=TENK)
    pages = [
        asking("read_filing", company="ACMW", filing=TENK, page=number + 1)["text"]
        for number in range(first["pages"])
    ]
    assert first["pages"] > 3
    for number in range(5000):
        assert sum(f"Paragraph {number} of many." in page for page in pages) == 1
    with pytest.raises(BadArgument, match="there are pages 1 to"):
        asking("read_filing", company="ACMW", filing=TENK, page=99)


@given(st.text(), st.integers(0, 4))
def test_pages_put_together_are_the_text(text: str, repeated: int):
    long = text * 10**repeated if len(text) < 30 else text
    count = page_of(long, 1).count
    pages = [page_of(long, number + 1).text for number in range(count)]
    assert "".join(pages) == long
    assert all(len(page.encode("utf-8", "surrogatepass")) <= PAGE_BYTES for page in pages)


def test_a_search_finds_documents_and_sends_what_was_asked(asking: Asking):
    told = asking(
        "search_filings",
        query='"widget recall"',
        company="ACMW",
        forms=["8-K", "10-K"],
        from_date="2024-01-01",
    )
    assert told["found"] == "2 documents"
    assert told["documents"][0] == {
        "company": "Acme Widgets Inc. (ACMW) (CIK 0001000001)",
        "form": "8-K",
        "document_type": "EX-99.1",
        "filed": "2024-12-02",
        "period": "2024-12-02",
        "accession_number": "0001000001-24-000090",
        "document": "acmw-ex991.htm",
        "items": ["2.02", "9.01"],
        "link": f"{asking.server.address}/Archives/edgar/data/1000001/000100000124000090/acmw-ex991.htm",
    }
    asked = asking.server.paths[-1]
    for part in (
        "q=%22widget+recall%22",
        "ciks=0001000001",
        "forms=8-K%2C10-K",
        "startdt=2024-01-01",
        "dateRange=custom",
    ):
        assert part in asked
    with pytest.raises(NotThere):
        asking("search_filings", query="widget", page=2)
    with pytest.raises(BadArgument):
        asking("search_filings", query="widget", page=0)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>A &amp; B&nbsp;C</p><p>D</p>", "A & B C\n\nD"),
        ("<div>one<br>two<hr/>three</div>", "one\n\ntwo\n\nthree"),
        ("<p>never <script>alert(1)</script>shown<style>x{}</style></p>", "never shown"),
        ("<div style='DISPLAY : none'><p>x<div>y</div></p></div><p>seen</p>", "seen"),
        ("<p hidden>x</p>seen", "seen"),
        ("<head><title>t</title><body>no end of the head", "no end of the head"),
        ("<table><tr><td>a<td>b<tr><td>c</table>after", "a | b\nc\nafter"),
        ("<table><tr><td><table><tr><td>in</td></tr></table></td><td>out</td></tr></table>", "in\nout"),
        ("plain words, no marks, 3 < 4", "plain words, no marks, 3 < 4"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str):
    assert read(html) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<!",
        "<!--",
        "</",
        "&",
        '<a b="',
        "<?",
        "<![",
        "<a b=c ",
        "&#",
        "<script>",
        "<div>",
        "<table><tr><td>",
        "</div>",
    ],
)
def test_html_that_attacks_its_reader_comes_to_an_end(piece: str):
    text = read("<p>before</p>" + piece * 60_000)
    assert text.startswith("before")


def test_a_long_document_can_be_cancelled_in_the_middle():
    async def cancelled() -> bool:
        body = Body(b"<p>one of many paragraphs</p>" * 100_000, "text/html")
        task = asyncio.create_task(text_of(body, "SEC EDGAR"))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(cancelled())


def test_what_can_not_be_read_is_said():
    assert read("<p>before</p><!-- " + "x" * 300_000).endswith(UNREADABLE)
    assert read("<p>before</p><![x").startswith("before")


@given(st.text(alphabet="<>/!-ab='\" &#;x\n", max_size=80))
def test_any_html_gives_some_text(html: str):
    assert "\x1b" not in read(f"<html>{html}")


@pytest.mark.parametrize("content", [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
def test_what_has_no_text_is_told(content: bytes):
    with pytest.raises(Unfit, match="without text"):
        read(content, "application/octet-stream")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<p>Société: 5 €</p>".encode("cp1252"), "text/html"),
        ("<p>Société: 5 €</p>".encode("cp1252"), "text/html; charset=utf-8"),
        ("<p>Société: 5 €</p>".encode(), "text/html; charset=no-such-thing"),
        ('<meta charset="utf-16"><p>Société: 5 €</p>'.encode(), "text/html; charset=utf-8"),
    ],
)
def test_letters_come_out_right_whatever_the_server_says(content: bytes, kind: str):
    assert read(content, kind) == "Société: 5 €"


@given(
    st.lists(
        st.sampled_from(
            [
                "Item 1.",
                "Item 1A. Risks",
                "ITEM 7",
                "PART II",
                "words of text",
                "Items 1 and 2.",
                "Item 9.01 X",
                "",
            ]
        ),
        max_size=25,
    )
)
def test_items_are_pieces_of_the_text_each_number_once(lines: list[str]):
    text = "\n".join(lines)
    for with_parts in (True, False):
        found = items_of(text, with_parts=with_parts)
        assert all(each.text in text for each in found)
        assert len({(each.part, each.number) for each in found}) == len(found)


def test_what_is_kept_of_a_document_is_its_text(asking: Asking, tmp_path: Path):
    asking("read_filing", company="ACMW", filing=TENK)
    (file,) = (tmp_path / "cache/sec/documents").iterdir()
    assert file.name.startswith("CIK1000001_")
    kept = json.loads(file.read_bytes())
    assert kept["data"].startswith("FORM 10-K")
    assert "<p>" not in kept["data"]
