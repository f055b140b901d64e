"""Which tags stand for what a reader calls revenue, net income or debt, the first the preferred one.

Element names: US GAAP Financial Reporting Taxonomy (FASB, xbrl.fasb.org), document and entity information
(SEC), IFRS Accounting Taxonomy (ifrs.org). One notion has several tags because standards changed (`why` names
the one) and because preparers choose; a tag never says quite the same as another, so each figure is shown
with its own.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

GAAP, IFRS, DEI = "us-gaap", "ifrs-full", "dei"


class Notion(msgspec.Struct, frozen=True):
    """What is asked for by its usual name.

    Attributes:
        gaap: Tags of US GAAP, the preferred one first.
        ifrs: The same of IFRS.
        dei: Tags of the cover page.
        instant: True for what is at a moment, such as cash; otherwise it belongs to a period.
        unit: What it is usually reported in.
        names: Further names of it.
        why: Why there are several, with the standard that says so.
    """

    gaap: tuple[str, ...]
    ifrs: tuple[str, ...] = ()
    dei: tuple[str, ...] = ()
    instant: bool = False
    unit: str = "USD"
    names: tuple[str, ...] = ()
    why: str = ""

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """Taxonomy and tag of each, in order."""
        listed = ((GAAP, self.gaap), (IFRS, self.ifrs), (DEI, self.dei))
        return tuple((taxonomy, tag) for taxonomy, tags in listed for tag in tags)


NOTIONS: Mapping[str, Notion] = MappingProxyType(
    {
        "revenue": Notion(
            (
                "Revenues",
                "RevenuesNetOfInterestExpense",
                "RevenueFromContractWithCustomerExcludingAssessedTax",
                "RevenueFromContractWithCustomerIncludingAssessedTax",
                "SalesRevenueNet",
                "SalesRevenueGoodsNet",
                "SalesRevenueServicesNet",
            ),
            ("Revenue", "RevenueFromContractsWithCustomers"),
            names=("revenues", "sales", "net sales", "total revenue", "turnover"),
            why="ASC 606 (from 2018) brought RevenueFromContractWithCustomer... in place of SalesRevenue...; "
            "Revenues holds other income of the business, too; banks report it net of interest expense",
        ),
        "cost of revenue": Notion(
            ("CostOfRevenue", "CostOfGoodsAndServicesSold", "CostOfGoodsSold", "CostOfServices"),
            ("CostOfSales",),
            names=("cogs", "cost of sales", "cost of goods sold"),
            why="CostOfGoodsAndServicesSold took over from CostOfGoodsSold and CostOfServices in 2018",
        ),
        "gross profit": Notion(("GrossProfit",), ("GrossProfit",)),
        "research and development": Notion(
            (
                "ResearchAndDevelopmentExpense",
                "ResearchAndDevelopmentExpenseExcludingAcquiredInProcessCost",
            ),
            ("ResearchAndDevelopmentExpense",),
            names=("r&d", "rd", "research and development expense"),
        ),
        "selling, general and administrative": Notion(
            ("SellingGeneralAndAdministrativeExpense", "GeneralAndAdministrativeExpense"),
            ("SellingGeneralAndAdministrativeExpense", "AdministrativeExpense"),
            names=("sg&a", "sga", "overhead"),
            why="who reports selling expenses apart has general and administrative ones only",
        ),
        "operating income": Notion(
            ("OperatingIncomeLoss",),
            ("ProfitLossFromOperatingActivities",),
            names=("operating profit", "ebit", "operating loss"),
        ),
        "interest expense": Notion(
            ("InterestExpense", "InterestExpenseNonoperating", "InterestExpenseDebt"),
            ("InterestExpense", "FinanceCosts"),
        ),
        "income tax": Notion(
            ("IncomeTaxExpenseBenefit",),
            ("IncomeTaxExpenseContinuingOperations",),
            names=("taxes", "income tax expense", "tax expense"),
        ),
        "income before tax": Notion(
            (
                "IncomeLossFromContinuingOperationsBeforeIncomeTaxesExtraordinaryItemsNoncontrollingInterest",
                "IncomeLossFromContinuingOperationsBeforeIncomeTaxesMinorityInterestAndIncomeLossFromEquityMethodInvestments",
            ),
            ("ProfitLossBeforeTax",),
            names=("pretax income", "pre-tax income", "ebt"),
            why="one tag is before, the other after the share in equity method investments",
        ),
        "net income": Notion(
            ("NetIncomeLoss", "NetIncomeLossAvailableToCommonStockholdersBasic", "ProfitLoss"),
            ("ProfitLossAttributableToOwnersOfParent", "ProfitLoss"),
            names=("profit", "earnings", "net loss", "net profit"),
            why="ProfitLoss has the part of non-controlling interests in it (ASC 810), NetIncomeLoss has not",
        ),
        "earnings per share": Notion(
            ("EarningsPerShareDiluted", "EarningsPerShareBasicAndDiluted"),
            ("DilutedEarningsLossPerShare",),
            unit="USD/shares",
            names=("eps", "diluted eps", "diluted earnings per share"),
        ),
        "basic earnings per share": Notion(
            ("EarningsPerShareBasic", "EarningsPerShareBasicAndDiluted"),
            ("BasicEarningsLossPerShare",),
            unit="USD/shares",
            names=("basic eps",),
        ),
        "diluted shares": Notion(
            ("WeightedAverageNumberOfDilutedSharesOutstanding",),
            ("AdjustedWeightedAverageShares",),
            unit="shares",
            names=("weighted average diluted shares", "diluted weighted average shares"),
        ),
        "shares outstanding": Notion(
            ("CommonStockSharesOutstanding",),
            ("NumberOfSharesOutstanding",),
            ("EntityCommonStockSharesOutstanding",),
            instant=True,
            unit="shares",
            names=("common shares outstanding", "share count"),
            why="the balance sheet counts at its date, the cover page (dei) weeks later and, with several "
            "classes of shares, each class apart",
        ),
        "dividends per share": Notion(
            ("CommonStockDividendsPerShareDeclared", "CommonStockDividendsPerShareCashPaid"),
            ("DividendsPaidOrdinarySharesPerShare",),
            unit="USD/shares",
            names=("dps",),
        ),
        "total assets": Notion(("Assets",), ("Assets",), instant=True, names=("assets",)),
        "current assets": Notion(("AssetsCurrent",), ("CurrentAssets",), instant=True),
        "cash": Notion(
            (
                "CashAndCashEquivalentsAtCarryingValue",
                "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents",
                "Cash",
            ),
            ("CashAndCashEquivalents",),
            instant=True,
            names=("cash and cash equivalents", "cash and equivalents"),
            why="ASU 2016-18 brought a total that has restricted cash in it",
        ),
        "short-term investments": Notion(
            (
                "ShortTermInvestments",
                "MarketableSecuritiesCurrent",
                "AvailableForSaleSecuritiesDebtSecuritiesCurrent",
            ),
            ("CurrentInvestments",),
            instant=True,
            names=("marketable securities",),
        ),
        "receivables": Notion(
            ("AccountsReceivableNetCurrent", "ReceivablesNetCurrent"),
            ("TradeAndOtherCurrentReceivables",),
            instant=True,
            names=("accounts receivable",),
        ),
        "inventory": Notion(("InventoryNet",), ("Inventories",), instant=True, names=("inventories",)),
        "property, plant and equipment": Notion(
            (
                "PropertyPlantAndEquipmentNet",
                "PropertyPlantAndEquipmentAndFinanceLeaseRightOfUseAssetAfterAccumulatedDepreciationAndAmortization",
            ),
            ("PropertyPlantAndEquipment",),
            instant=True,
            names=("ppe", "pp&e", "fixed assets"),
            why="ASC 842 (from 2019) let finance leases be shown in it",
        ),
        "goodwill": Notion(("Goodwill",), ("Goodwill",), instant=True),
        "total liabilities": Notion(("Liabilities",), ("Liabilities",), instant=True, names=("liabilities",)),
        "current liabilities": Notion(("LiabilitiesCurrent",), ("CurrentLiabilities",), instant=True),
        "accounts payable": Notion(
            ("AccountsPayableCurrent", "AccountsPayableTradeCurrent"),
            ("TradeAndOtherCurrentPayables",),
            instant=True,
            names=("payables",),
        ),
        "deferred revenue": Notion(
            (
                "ContractWithCustomerLiability",
                "ContractWithCustomerLiabilityCurrent",
                "DeferredRevenueCurrent",
            ),
            ("ContractLiabilities", "CurrentContractLiabilities"),
            instant=True,
            names=("contract liabilities", "unearned revenue"),
            why="ASC 606 (from 2018) calls it a contract liability; ...Current is the part due within a year",
        ),
        "long-term debt": Notion(
            ("LongTermDebtNoncurrent", "LongTermDebt", "LongTermDebtAndCapitalLeaseObligations"),
            ("LongtermBorrowings", "NoncurrentPortionOfNoncurrentBorrowings", "Borrowings"),
            instant=True,
            names=("long term debt", "debt"),
            why="LongTermDebt has the part due within a year in it, ...Noncurrent has not",
        ),
        "short-term debt": Notion(
            ("DebtCurrent", "LongTermDebtCurrent", "ShortTermBorrowings", "CommercialPaper"),
            ("CurrentBorrowings", "ShorttermBorrowings"),
            instant=True,
            names=("short term debt", "current debt"),
            why="DebtCurrent is the whole, the others are parts of it",
        ),
        "equity": Notion(
            (
                "StockholdersEquity",
                "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",
            ),
            ("EquityAttributableToOwnersOfParent", "Equity"),
            instant=True,
            names=("stockholders equity", "shareholders equity", "total equity", "book value"),
            why="the second tag has non-controlling interests in it (ASC 810)",
        ),
        "retained earnings": Notion(
            ("RetainedEarningsAccumulatedDeficit",), ("RetainedEarnings",), instant=True
        ),
        "operating cash flow": Notion(
            (
                "NetCashProvidedByUsedInOperatingActivities",
                "NetCashProvidedByUsedInOperatingActivitiesContinuingOperations",
            ),
            ("CashFlowsFromUsedInOperatingActivities",),
            names=("cash flow from operations", "cfo", "cash from operations"),
        ),
        "capital expenditure": Notion(
            ("PaymentsToAcquirePropertyPlantAndEquipment", "PaymentsToAcquireProductiveAssets"),
            ("PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities",),
            names=("capex", "capital expenditures"),
        ),
        "investing cash flow": Notion(
            ("NetCashProvidedByUsedInInvestingActivities",), ("CashFlowsFromUsedInInvestingActivities",)
        ),
        "financing cash flow": Notion(
            ("NetCashProvidedByUsedInFinancingActivities",), ("CashFlowsFromUsedInFinancingActivities",)
        ),
        "depreciation and amortization": Notion(
            (
                "DepreciationDepletionAndAmortization",
                "DepreciationAmortizationAndAccretionNet",
                "DepreciationAndAmortization",
            ),
            ("DepreciationAndAmortisationExpense", "AdjustmentsForDepreciationAndAmortisationExpense"),
            names=("d&a", "depreciation"),
        ),
        "stock compensation": Notion(
            ("ShareBasedCompensation", "AllocatedShareBasedCompensationExpense"),
            ("AdjustmentsForSharebasedPayments",),
            names=("stock-based compensation", "share-based compensation", "sbc"),
        ),
        "dividends paid": Notion(
            ("PaymentsOfDividendsCommonStock", "PaymentsOfDividends"),
            ("DividendsPaidClassifiedAsFinancingActivities",),
            names=("dividends",),
        ),
        "share repurchases": Notion(
            ("PaymentsForRepurchaseOfCommonStock",),
            ("PaymentsToAcquireOrRedeemEntitysShares",),
            names=("buybacks", "share buybacks", "stock repurchases", "repurchases"),
        ),
        "remaining performance obligation": Notion(
            ("RevenueRemainingPerformanceObligation",), instant=True, names=("rpo", "backlog")
        ),
    }
)


def notion_of(text: str) -> tuple[str, Notion] | None:
    """The notion that a text names, with its usual name, or None."""
    wanted = _flat(text)
    for name, notion in NOTIONS.items():
        if wanted in {_flat(name), *map(_flat, notion.names)}:
            return name, notion
    return None


def tag_of(text: str) -> tuple[str, str] | None:
    """Taxonomy (us-gaap where none is named) and tag that a text spells, or None if it is no tag."""
    found = re.fullmatch(r"\s*(?:([A-Za-z][A-Za-z0-9-]{1,30})[:/])?([A-Z][A-Za-z0-9]{1,200})\s*", text)
    return None if found is None else ((found[1] or GAAP).lower(), found[2])


def _flat(text: str) -> str:
    return re.sub(r"[\s_'’-]+", " ", text.strip().casefold()).replace(" and ", " & ")  # noqa: RUF001
