"""Questions on what a growing dividend is worth and on the cost of capital."""

from dexter.models.offline.firms import BETWEEN
from dexter.models.offline.found import Found, argument_of, lacking, ready
from dexter.models.offline.sketch import Sketch


def read_dividend_growth(sketch: Sketch) -> Found | None:
    """Read "Gordon growth value with dividend 2, required return 8%, growth 3%"."""
    if not sketch.has(r"(?:gordon|dividend discount|ddm|dividend growth)"):
        return None
    what = "a dividend growth value"
    percents, amounts = sketch.of("percent"), sketch.of("amount")
    growth = sketch.find(rf"(?:growth(?: rate)?|growing|grows|grow|g){BETWEEN} %(\d+)")
    growth = sketch.find(r"%(\d+)(?: \w+)? (?:growth|grower)") if growth is None else growth
    required = [index for index in percents if index != growth]
    missing = []
    if len(amounts) != 1:
        missing.append("the dividend")
    if growth is None:
        missing.append("the growth in percent a year")
    if len(required) != 1:
        missing.append("the required return in percent a year")
    if missing:
        return lacking(what, missing, [*percents, *amounts])
    paid = sketch.has(r"(?:just paid|last|current|d0|recent)")
    arguments = {
        "required_percent": argument_of(sketch, required[0]),
        "growth_percent": argument_of(sketch, growth),
        "last_dividend" if paid else "next_dividend": argument_of(sketch, amounts[0]),
        "currency": sketch.currency(),
    }
    opening = "" if paid else "Taking the dividend as that of the coming year:"
    return ready(what, "dividend_growth_value", arguments, [*percents, *amounts], opening)


def read_cost_of_capital(sketch: Sketch) -> Found | None:
    """Read "CAPM with risk-free 4%, beta 1.2 and premium 5%", "WACC with equity 60, debt 40, ..."."""
    weighted = sketch.has(r"(?:wacc|weighted average cost of capital)")
    if not weighted and not sketch.has(r"(?:capm|cost of equity|required return on equity)"):
        return None
    what = "the weighted average cost of capital" if weighted else "the cost of equity"
    slots = {
        "risk_free_percent": sketch.find(rf"(?:risk[- ]free(?: rate| return)?|rf|treasury){BETWEEN} %(\d+)"),
        "beta": sketch.find(rf"beta{BETWEEN} #(\d+)"),
        "market_premium_percent": sketch.find(
            rf"(?:(?:market |equity )?(?:risk )?premium|erp){BETWEEN} %(\d+)"
        ),
        "cost_of_equity_percent": sketch.find(rf"(?:cost of equity|equity cost|re){BETWEEN} %(\d+)"),
        "cost_of_debt_percent": sketch.find(rf"(?:cost of debt|debt cost|rd|interest rate){BETWEEN} %(\d+)"),
        "tax_percent": sketch.find(rf"tax(?: rate)?{BETWEEN} %(\d+)"),
        "equity": sketch.find(rf"(?<!of )equity{BETWEEN} [#%](\d+)"),
        "debt": sketch.find(rf"(?<!of )debt{BETWEEN} [#%](\d+)"),
    }
    market = sketch.find(rf"(?:market|expected)(?: market)?(?: return| rate)?{BETWEEN} %(\d+)")
    used = {index for index in (*slots.values(), market) if index is not None}
    arguments = {name: argument_of(sketch, index) for name, index in slots.items()}
    if (
        market is not None
        and slots["market_premium_percent"] is None
        and slots["risk_free_percent"] is not None
    ):
        premium = sketch.value(market) - sketch.value(slots["risk_free_percent"])
        arguments["market_premium_percent"] = str(premium)
    needs = ["risk_free_percent", "beta", "market_premium_percent"]
    if arguments["cost_of_equity_percent"] is not None:
        needs = []
    if weighted:
        needs += ["equity", "debt", "cost_of_debt_percent"]
    missing = [
        name.replace("_", " ").replace(" percent", " in percent") for name in needs if arguments[name] is None
    ]
    if missing:
        return lacking(what, missing, used)
    return ready(what, "cost_of_capital", arguments, used)
