"""Questions on ratios with given numbers."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from dexter.models.offline.found import Found, argument_of, lacking, ready
from dexter.models.offline.sketch import Sketch
from dexter.tools.finance.ratios import DERIVED, IN_TOTALS, OPTIONAL, RATIOS

# How people call the ratios, longer names before shorter ones that are part of them.
RATIO_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "DuPont return on equity": r"dupont(?: analysis)?(?: (?:return on equity|roe))?",
        "EV to EBITDA": r"ev ?(?:/|to) ?ebitda(?: (?:multiple|ratio))?",
        "EV to sales": r"ev ?(?:/|to) ?(?:sales|revenue)",
        "debt to EBITDA": r"(?:net )?debt ?(?:/|to) ?ebitda|leverage ratio",
        "gross margin": r"gross (?:profit )?margins?",
        "operating margin": r"(?:operating|ebit) (?:profit )?margins?",
        "EBITDA margin": r"ebitda margins?",
        "free cash flow margin": r"(?:fcf|free cash flow) margins?",
        "free cash flow yield": r"(?:fcf|free cash flow) yield",
        "net margin": r"(?:net )?(?:profit|income) margins?|net margins?|profit margins?",
        "return on invested capital": r"roic|return on invested capital",
        "return on equity": r"roe|return on equity",
        "return on assets": r"roa|return on assets",
        "effective tax rate": r"effective tax rate|tax rate",
        "current ratio": r"current ratio",
        "quick ratio": r"quick ratio|acid[- ]test(?: ratio)?",
        "cash ratio": r"cash ratio",
        "debt to equity": r"d ?/ ?e(?: ratio)?|debt(?:[- ](?:to[- ])?| ?/ ?)equity(?: ratio)?|gearing",
        "debt to assets": r"debt[- ]to[- ]assets(?: ratio)?|debt ratio",
        "equity multiplier": r"equity multiplier",
        "interest coverage": r"(?:interest coverage|interest cover|times interest earned)(?: ratio)?",
        "asset turnover": r"assets? turnover",
        "inventory turnover": r"inventory turnover|stock turn(?:over)?",
        "days of inventory": r"days (?:of |in )?inventory(?: outstanding)?|dio",
        "days of sales outstanding": r"days (?:of )?sales outstanding|dso|receivables? days",
        "days of payables outstanding": r"days (?:of )?payables? outstanding|dpo|payables? days",
        "PEG": r"peg(?: ratio)?",
        "price to earnings": r"p ?/ ?e(?: ratio| multiple)?|pe(?: ratio| multiple)?|"
        r"price[- ](?:to[- ])?earnings(?: ratio| multiple)?",
        "price to book": r"p ?/ ?b(?: ratio)?|price[- ]to[- ]book(?: value)?(?: ratio)?",
        "price to sales": r"p ?/ ?s(?: ratio)?|price[- ]to[- ]sales(?: ratio)?",
        "dividend yield": r"dividend yield|(?<!earnings )yield",
        "earnings yield": r"earnings yield",
        "payout ratio": r"(?:dividend )?pay-?out(?: ratio)?",
        "book value per share": r"book value per share|bvps",
        "earnings per share": r"earnings per share|eps",
        "enterprise value": r"enterprise value|ev",
        "market value": r"market cap(?:itali[sz]ation)?|market value",
        "free cash flow": r"free cash flow|fcf",
        "gross profit": r"gross profit",
    }
)
AMOUNT_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "cost_of_goods_sold": r"cost of (?:goods sold|sales|revenues?)|cogs",
        "gross_profit": r"gross (?:profit|income)",
        "operating_income": r"operating (?:income|profit|earnings)|ebit",
        "operating_profit_after_tax": r"nopat|(?:net )?operating profit after tax(?:es)?",
        "operating_cash_flow": r"operating cash ?flow|cash (?:flow )?from operations|cfo",
        "free_cash_flow": r"free cash ?flow|fcf",
        "capital_expenditure": r"cap(?:ital )?ex(?:penditures?)?",
        "interest_expense": r"interest(?: expenses?| payments?| costs?)?",
        "pretax_income": r"pre-?tax (?:income|profit)|(?:income|profit) before tax(?:es)?|ebt",
        "income_tax": r"(?:income )?tax(?:es)?(?: expense| paid)?",
        "net_income": r"net (?:income|profits?|earnings)|profits?|earnings|income|bottom line",
        "earnings_per_share": r"eps|earnings per share|earnings a share",
        "book_value_per_share": r"book value per share|bvps|book value a share",
        "sales_per_share": r"sales per share|revenue per share",
        "dividends_per_share": r"dividends? per share|dps|dividends? a share|annual dividends?",
        "dividends": r"dividends?(?: paid)?",
        "revenue": r"revenues?|(?:net )?sales|turnover|top line",
        "ebitda": r"ebitda",
        "market_value": r"market cap(?:itali[sz]ation)?|market value",
        "enterprise_value": r"enterprise value|ev",
        "invested_capital": r"invested capital|capital invested",
        "current_assets": r"current assets",
        "current_liabilities": r"current liabilities",
        "assets": r"(?:total )?assets",
        "liabilities": r"(?:total )?liabilities",
        "equity": r"(?:(?:total |shareholders?'? |stockholders?'? |share ?holder |book )?equity)",
        "debt": r"(?:total )?debt",
        "cash": r"cash(?: and equivalents)?",
        "inventory": r"inventor(?:y|ies)",
        "receivables": r"(?:accounts )?receivables?",
        "payables": r"(?:accounts )?payables?",
        "shares": r"shares(?: outstanding)?|share count",
        "price": r"(?:share |stock |market )?price(?: per share)?|stock|share|trad(?:es|ing) at",
        "price_to_earnings": r"p ?/ ?e(?: ratio)?|pe(?: ratio)?",
        "growth_percent": r"(?:(?:earnings|eps|expected|annual) )*growth(?: rate)?|growing(?: at)?",
    }
)
# Without a ratio's name: what two bare amounts are asked for.
UNNAMED: Mapping[frozenset[str], str] = MappingProxyType(
    {
        frozenset({"debt", "equity"}): "debt to equity",
        frozenset({"price", "earnings_per_share"}): "price to earnings",
        frozenset({"revenue", "net_income"}): "net margin",
        frozenset({"current_assets", "current_liabilities"}): "current ratio",
        frozenset({"price", "book_value_per_share"}): "price to book",
        frozenset({"enterprise_value", "ebitda"}): "EV to EBITDA",
        frozenset({"operating_income", "interest_expense"}): "interest coverage",
    }
)
BETWEEN = (
    r"(?: (?:of|is|was|are|were|=|:|at|a|an|the|about|be|equals?|stands|came|comes|to|in|costs|only|-|\())*"
)
AFTER = r"(?: (?:of|in|as|a|an|the|for|is|was|per))*"


def read_ratio(sketch: Sketch) -> Found | None:
    """Read "price 150 and EPS 6, P/E?", "net margin: revenue 400, net income 60", "debt 50 equity 80"."""
    name, text = _named(sketch.text)
    labels = labelled(text)
    if name is None:
        name = UNNAMED.get(frozenset(labels))
        if name is None or not _bare(text):
            return None
    what = f"the {name}"
    if not labels:
        return lacking(what, (need.replace("_", " ") for need in RATIOS[name].needs))
    labels = _fitting(name, labels)
    if name == "debt to EBITDA" and "cash" in labels and re.search(r"\bnet debt\b", sketch.text):
        return lacking("net debt to EBITDA", ["the net debt (debt less cash) as one number"], labels.values())
    given = set(labels) | set(OPTIONAL)
    forms = [RATIOS[name], *([IN_TOTALS[name]] if name in IN_TOTALS else [])]
    if not any(all(_reachable(need, given) for need in form.needs) for form in forms):
        needs = (need.replace("_", " ") for need in RATIOS[name].needs if not _reachable(need, given))
        return lacking(what, needs, labels.values())
    amounts = {label: argument_of(sketch, index) for label, index in labels.items()}
    arguments = {"ratio": name, "amounts": amounts, "currency": sketch.currency()}
    return ready(what, "financial_ratio", arguments, labels.values())


def labelled(text: str) -> dict[str, int]:
    """Return the quantity beside each amount's name: each name and each quantity once, longer names first."""
    names = sorted(
        ((pattern, label) for label, patterns in AMOUNT_PATTERNS.items() for pattern in [patterns]),
        key=lambda pair: -len(pair[1]),
    )
    places: list[tuple[int, int, str]] = []
    for pattern, label in names:
        places += [
            (match.start(), match.end(), label)
            for match in re.finditer(rf"(?<![\w/])(?:{pattern})(?![\w/])", text)
        ]
    # Where two names overlap the longer one is meant: "net income" is not "income".
    kept: list[tuple[int, int, str]] = []
    for place in sorted(places, key=lambda one: (one[0] - one[1], one[0])):
        if all(place[1] <= other[0] or place[0] >= other[1] for other in kept):
            kept.append(place)
    return _beside(text, sorted(kept))


def _beside(text: str, places: list[tuple[int, int, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    taken: set[int] = set()
    for before in (True, False):
        for start, end, label in places:
            if label in found:
                continue
            if before:
                match = re.compile(rf"{BETWEEN} [#%](\d+)\b").match(text, end)
            else:
                match = re.search(rf"[#%](\d+){AFTER} $", text[:start])
            if match and int(match.group(1)) not in taken:
                found[label] = int(match.group(1))
                taken.add(int(match.group(1)))
    return found


def _named(text: str) -> tuple[str | None, str]:
    """Return the ratio that is asked for, and the text without it; a name beside a number is an input."""
    for name, pattern in RATIO_PATTERNS.items():
        for match in re.finditer(rf"(?<![\w/])(?:{pattern})(?![\w/])", text):
            rest = text[match.end() :]
            if not re.match(rf"{BETWEEN} [#%]\d", rest) or re.match(r" (?:of|for) (?:a|an|the)\b", rest):
                return name, f"{text[: match.start()]}~{rest}"
            if re.match(r" (?:at|with|for|given|if|when|on|from)\b", rest):
                return name, f"{text[: match.start()]}~{rest}"
    return None, text


def _fitting(name: str, labels: dict[str, int]) -> dict[str, int]:
    """Return the labels as the ratio means them: earnings beside a price are earnings per share."""
    fitted = dict(labels)
    per_share = {"net_income": "earnings_per_share", "dividends": "dividends_per_share"}
    for total, share in per_share.items():
        one = total in fitted and share not in fitted
        beside_price = "price" in fitted and name in {
            "price to earnings",
            "PEG",
            "dividend yield",
            "earnings yield",
        }
        beside_share = name == "payout ratio" and total == "dividends" and "earnings_per_share" in fitted
        if one and "shares" not in fitted and (beside_price or beside_share):
            fitted[share] = fitted.pop(total)
    return fitted


def _reachable(need: str, given: set[str], depth: int = 3) -> bool:
    if need in given:
        return True
    ways = DERIVED.get(need, ())
    return depth > 0 and any(
        all(_reachable(part, given, depth - 1) for part in f"{top} {below}".split() if part not in "+-*1")
        for top, below in ways
    )


def _bare(text: str) -> bool:
    """Return whether a text holds little but names of amounts and their numbers."""
    words = re.findall(r"[a-z]+", re.sub(r"[#%]\d+", "", text))
    names = re.findall(r"[a-z]+", " ".join(AMOUNT_PATTERNS.values()))
    return all(
        word in names or word in {"and", "is", "of", "with", "a", "the", "what", "ratio"} for word in words
    )
