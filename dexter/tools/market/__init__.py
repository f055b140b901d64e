"""Financial Datasets as tools: prices, statements, ratios, earnings, news, filings, ownership, a screener.

price_tools, statement_tools, news_tools, filing_tools, ownership_tools, screening_tools   what a model calls
  asking              arguments that the tools share, checked
  rows                what they return: rows whose every amount has its unit, and texts marked as quoted
    units             what a field is measured in, by its name
dataset               the source's addresses, and its answers as rows

The source needs a key (FINANCIAL_DATASETS_API_KEY); without one there are no such tools.
"""
