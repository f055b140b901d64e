"""Reported figures: which value, of which period, under which tag, from which filing."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, NotThere
from dexter.tools.filings.answers import Fact
from dexter.tools.filings.notions import NOTIONS, notion_of, tag_of
from dexter.tools.filings.quarters import with_quarters
from dexter.tools.filings.series import values
from tests.support.sec import Asking
from tests.support.servers.pages import json_page

TENK = "/Archives/edgar/data/1000001/000100000124000081/acmw-20240928.htm"
FACTS = "/api/xbrl/companyfacts/CIK0001000001.json"


def brief(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Period, amount and form of each figure."""
    return [(each.get("fiscal_period", ""), each["amount"], each["form"]) for each in told["figures"]]


def test_a_figure_has_all_that_is_needed_to_look_it_up(asking: Asking):
    told = asking("company_figures", company="ACMW", concept="net income", limit=1)
    assert told["figures"] == [
        {
            "name": "net income",
            "amount": "90000000",
            "unit": "USD",
            "shown": "$90,000,000",
            "start": "2023-10-01",
            "end": "2024-09-28",
            "fiscal_period": "FY2024",
            "tag": "us-gaap:NetIncomeLoss",
            "form": "10-K",
            "accession_number": "0001000001-24-000081",
            "filed": "2024-11-04",
            "link": f"{asking.server.address}{TENK}",
        }
    ]
    assert told["more"]
    assert told["company"]["fiscal_year_ends"] == "09-28"


def test_the_value_filed_last_wins_and_says_what_it_replaced(asking: Asking):
    told = asking("company_figures", company="ACMW", concept="revenue")
    by_year = {each["fiscal_period"]: each for each in told["figures"]}
    assert by_year["FY2022"]["amount"] == "990000000"
    assert by_year["FY2022"]["restated_from"] == {
        "amount": "1000000000",
        "unit": "USD",
        "shown": "$1,000,000,000",
        "form": "10-K",
        "accession_number": "0001000001-22-000080",
        "filed": "2022-10-28",
    }
    assert by_year["FY2023"]["amount"] == "1080000000"
    assert by_year["FY2023"]["restated_from"]["amount"] == "1100000000"
    assert "restated_from" not in by_year["FY2021"]
    assert any("filed last" in note for note in told["notes"])


def test_an_amended_report_is_named_as_such(asking: Asking):
    facts = json.loads(asking.server.page(FACTS).content)
    revenue = facts["facts"]["us-gaap"]["RevenueFromContractWithCustomerExcludingAssessedTax"]["units"]
    revenue["USD"] = [each for each in revenue["USD"] if each["filed"] < "2024-11-01"]
    asking.server.put(FACTS, json_page(facts))
    told = asking("company_figures", company="ACMW", concept="revenue", to_date="2023-12-01", limit=1)
    assert brief(told) == [("FY2023", "1080000000", "10-K/A")]
    assert any("amendments" in note for note in told["notes"])


def test_several_tags_are_one_series_each_value_with_its_own_tag(asking: Asking):
    told = asking("company_figures", company="ACMW", concept="Net Sales", limit=40)
    assert [(each["fiscal_period"], each["tag"].partition(":")[2][:8]) for each in told["figures"]] == [
        ("FY2024", "Revenues"),
        ("FY2023", "RevenueF"),
        ("FY2022", "RevenueF"),
        ("FY2021", "RevenueF"),
        ("FY2018", "RevenueF"),
        ("FY2017", "SalesRev"),
    ]
    assert told["figures"][0]["other_tags"] == [
        {
            "tag": "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax",
            "amount": "1234567890",
            "unit": "USD",
            "shown": "$1,234,567,890",
        }
    ]
    assert any("ASC 606" in note for note in told["notes"])


def test_the_year_of_a_figure_is_its_own_and_not_that_of_the_report_that_compares_with_it(asking: Asking):
    told = asking("company_figures", company="ACMW", concept="revenue", limit=40)
    assert all(each["fiscal_period"] == f"FY{each['end'][:4]}" for each in told["figures"])


def test_a_year_that_only_a_later_report_mentions_gets_no_name_that_may_be_wrong(asking: Asking):
    tag = "us-gaap/SalesRevenueNet"
    facts = json.loads(asking.server.page(FACTS).content)
    concept = facts["facts"]["us-gaap"]["SalesRevenueNet"]
    asking.server.put(f"/api/xbrl/companyconcept/CIK0001000001/{tag}.json", json_page(concept))
    (figure,) = asking("company_figures", company="ACMW", concept="us-gaap:SalesRevenueNet")["figures"]
    assert (figure["end"], figure.get("fiscal_period")) == ("2017-09-30", None)


def test_a_fourth_quarter_is_there_only_as_a_marked_difference(asking: Asking):
    asked = "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"
    facts = json.loads(asking.server.page(FACTS).content)
    asking.server.put(
        f"/api/xbrl/companyconcept/CIK0001000001/{asked.replace(':', '/')}.json",
        json_page(facts["facts"]["us-gaap"][asked.partition(":")[2]]),
    )
    told = asking("company_figures", company="ACMW", concept=asked, period="quarterly")
    assert [(each["fiscal_period"], each["amount"], "computed" in each) for each in told["figures"]] == [
        ("Q4 2024", "344567890", True),
        ("Q3 2024", "310000000", False),
        ("Q2 2024", "280000000", False),
        ("Q1 2024", "300000000", False),
    ]
    assert told["figures"][0]["start"] == "2024-06-30"
    assert told["figures"][0]["computed"] == (
        "Nobody reported this quarter: it is the year to 2024-09-28 ($1,234,567,890, 10-K "
        "0001000001-24-000081) minus nine months to 2024-06-29 ($890,000,000, 10-Q 0001000001-24-000070)."
    )
    assert any("computed" in note for note in told["notes"])


def test_quarters_of_cash_flows_follow_from_the_year_to_date(asking: Asking):
    told = asking("company_figures", company="ACMW", concept="operating cash flow", period="quarterly")
    assert [(each["fiscal_period"], each["amount"]) for each in told["figures"]] == [
        ("Q4 2024", "30000000"),
        ("Q3 2024", "50000000"),
        ("Q2 2024", "30000000"),
        ("Q1 2024", "40000000"),
    ]
    assert ["computed" in each for each in told["figures"]] == [True, True, True, False]
    to_date = asking("company_figures", company="ACMW", concept="operating cash flow", period="year to date")
    assert [each["fiscal_period"] for each in to_date["figures"]] == [
        "FY2024",
        "9 months to Q3 2024",
        "6 months to Q2 2024",
        "Q1 2024",
    ]
    assert not any("computed" in each for each in to_date["figures"])


def test_what_does_not_add_up_is_never_subtracted(asking: Asking):
    told = asking("company_figures", company="ACMW", concept="eps", period="quarterly")
    assert brief(told) == [("Q1 2024", "0.51", "10-Q")]
    assert told["figures"][0]["shown"] == "$0.51 a share"
    assert any("not adjusted for later splits" in note for note in told["notes"])


def test_what_is_at_a_moment_is_given_at_the_ends_of_years_or_quarters(asking: Asking):
    annual = asking("company_figures", company="ACMW", concept="total assets")
    assert brief(annual) == [("FY2024", "2200000000", "10-K"), ("FY2023", "2000000000", "10-K")]
    assert "start" not in annual["figures"][0]
    quarterly = asking("company_figures", company="ACMW", concept="total assets", period="quarterly")
    assert [each["fiscal_period"] for each in quarterly["figures"]] == ["FY2024", "Q3 2024", "FY2023"]


def test_counts_of_shares_are_as_they_were_and_it_is_said(asking: Asking):
    told = asking("company_figures", company="ACMW", concept="shares outstanding", period="all")
    assert [(each["end"], each["shown"]) for each in told["figures"]] == [
        ("2024-10-18", "100,000,000 shares"),
        ("2023-10-20", "50,000,000 shares"),
    ]
    assert any("splits" in note for note in told["notes"])


def test_a_company_from_abroad_gives_its_own_currency_standard_and_form(asking: Asking):
    told = asking("company_figures", company="NHV", concept="revenue")
    assert brief(told) == [("FY2023", "91000000000", "20-F"), ("FY2022", "80500000000", "20-F")]
    assert told["figures"][0]["tag"] == "ifrs-full:Revenue"
    assert told["figures"][0]["shown"] == "91,000,000,000 NOK"
    assert all(word in " ".join(told["notes"]) for word in ("IFRS", "20-F"))
    assert "Also reported in USD." in told["notes"]
    in_dollars = asking("company_figures", company="NHV", concept="revenue", unit="usd")
    assert brief(in_dollars) == [("FY2023", "8946000000", "20-F")]
    with pytest.raises(NotThere, match="once a year in XBRL"):
        asking("company_figures", company="NHV", concept="revenue", period="quarterly")
    with pytest.raises(BadArgument, match="reported in NOK, USD"):
        asking("company_figures", company="NHV", concept="revenue", unit="EUR")


def test_what_is_not_reported_is_told_with_a_way_on(asking: Asking):
    with pytest.raises(NotThere, match="company_concepts finds"):
        asking("company_figures", company="ACMW", concept="goodwill")
    with pytest.raises(NotThere, match="Ask which concepts it reports"):
        asking("company_figures", company="ACMW", concept="us-gaap:Goodwill")
    with pytest.raises(BadArgument, match="one of these: revenue, cost of revenue"):
        asking("company_figures", company="ACMW", concept="happiness of dealers")
    with pytest.raises(NotThere, match="from 2017-09-30 to 2024-09-28"):
        asking("company_figures", company="ACMW", concept="revenue", to_date="2010-01-01")
    with pytest.raises(NotThere, match="may file no XBRL"):
        asking("company_figures", company="BRR.B", concept="revenue")


def test_the_tags_of_a_company_are_found_by_words(asking: Asking):
    told = asking("company_concepts", company="ACMW", words="lease liability")
    assert told["concepts"] == [
        {
            "tag": "us-gaap:OperatingLeaseLiabilityNoncurrent",
            "label": "Operating Lease, Liability, Noncurrent",
            "units": ["USD"],
            "values": 1,
            "latest": "2024-09-28",
        }
    ]
    by_tag = asking("company_figures", company="ACMW", concept=told["concepts"][0]["tag"])
    assert brief(by_tag) == [("FY2024", "55000000", "10-K")]
    with pytest.raises(NotThere):
        asking("company_concepts", company="ACMW", words="unicorn")


def test_companies_are_ranked_across_tags_each_once(asking: Asking):
    told = asking("compare_companies", concept="revenue", calendar_period="2023")
    assert [(each["company"], each["amount"]) for each in told["figures"]] == [
        ("Globex Corp /DE/", "5000000000"),
        ("Acme Widgets Inc.", "1080000000"),
        ("Globex Industries, Inc.", "45000000"),
    ]
    assert told["figures"][2]["start"] == "2023-02-01"
    smallest = asking(
        "compare_companies", concept="revenue", calendar_period="CY2023", order="smallest", limit=1
    )
    assert smallest["figures"][0]["company"] == "Globex Industries, Inc."
    assert smallest["companies_with_a_value"] == 3


def test_named_companies_are_compared_and_who_is_missing_is_named(asking: Asking):
    told = asking(
        "compare_companies", concept="revenue", calendar_period="2023", companies=["GLOB", "ACMW", "BRR.A"]
    )
    assert [each["cik"] for each in told["figures"]] == [1000005, 1000001]
    assert told["missing"] == ["BROOK & REED HOLDINGS CORP (BRR-B)"]
    moment = asking("compare_companies", concept="total assets", calendar_period="2023")
    assert moment["calendar_period"] == "CY2023Q4I"
    with pytest.raises(NotThere):
        asking("compare_companies", concept="revenue", calendar_period="2019Q2")
    with pytest.raises(BadArgument):
        asking("compare_companies", concept="revenue", calendar_period="last year")


def test_a_tag_whose_kind_is_not_known_is_looked_for_as_both(asking: Asking):
    told = asking("compare_companies", concept="us-gaap:Assets", calendar_period="2023")
    assert told["figures"][0]["amount"] == "9000000000"


def test_a_large_answer_is_cut_to_what_was_asked(asking: Asking):
    facts = json.loads(asking.server.page(FACTS).content)
    more = facts["facts"]["us-gaap"]["Assets"]
    facts["facts"]["us-gaap"] |= {f"Tag{number}": more for number in range(20_000)}
    asking.server.put(FACTS, json_page(facts, packed=True))
    told = asking("company_figures", company="ACMW", concept="net income")
    assert len(json.dumps(told)) < 3000


def test_every_name_of_a_notion_names_one_only():
    names = [name for usual, notion in NOTIONS.items() for name in (usual, *notion.names)]
    assert len({name.casefold() for name in names}) == len(names)
    for usual, notion in NOTIONS.items():
        for name in (usual, *notion.names):
            assert notion_of(f" {name.upper()} ") == (usual, notion)
        assert all(tag_of(f"{taxonomy}:{tag}") == (taxonomy, tag) for taxonomy, tag in notion.tags)


@st.composite
def filed_facts(draw: st.DrawFn) -> list[Fact]:
    """Facts of some periods, some of them filed again with another value."""
    begin = date(2020, 1, 1)
    facts = []
    for number in range(draw(st.integers(1, 12))):
        start = begin + timedelta(days=draw(st.integers(0, 4)) * 91)
        days = draw(st.sampled_from([90, 181, 272, 363, 40]))
        filed = date(2021, 1, 1) + timedelta(days=draw(st.integers(0, 400)))
        amount = draw(
            st.one_of(
                st.integers(-(10**13), 10**13), st.integers(-(10**8), 10**8).map(lambda cents: cents / 100)
            )
        )
        end = start + timedelta(days=days)
        facts.append(Fact(str(end), amount, f"a-{number:03}", "10-Q", str(filed), str(start)))
    return facts


@given(filed_facts(), st.randoms())
def test_there_is_one_value_a_period_the_one_filed_last_in_whatever_order_they_come(
    facts: list[Fact], random: Any
):
    found = values("t", "USD", facts)
    for value in found:
        same = [each for each in facts if (each.start, each.end) == (str(value.start), str(value.end))]
        last = max(same, key=lambda each: (each.filed, each.accn))
        assert value.amount == Decimal(str(last.val))
        assert (value.before is not None) == (
            min(same, key=lambda each: (each.filed, each.accn)).val != last.val
        )
    assert len({value.period for value in found}) == len(found)
    random.shuffle(facts)
    assert values("t", "USD", facts) == found


@given(filed_facts())
def test_a_computed_quarter_and_what_it_is_the_difference_of_add_up(facts: list[Fact]):
    reported = values("t", "USD", facts)
    found = with_quarters(reported)
    assert [each for each in found if each.difference_of is None] == reported
    for value in found:
        if value.difference_of is not None:
            longer, shorter = value.difference_of
            assert shorter.amount + value.amount == longer.amount
            assert (shorter.start, longer.end, value.months) == (longer.start, value.end, 3)
            assert value.start == shorter.end + timedelta(days=1)
    assert with_quarters(values("t", "shares", facts)) == values("t", "shares", facts)


@pytest.mark.parametrize(
    "fact",
    [
        Fact("2024-13-99", 1, "a"),
        Fact("", 1, "a"),
        Fact("2024-01-01", None, "a"),
        Fact("2024-01-01", 1, "a", start="2025-01-01"),
    ],
)
def test_a_fact_that_makes_no_sense_is_left_out(fact: Fact):
    assert values("t", "USD", [fact]) == []
