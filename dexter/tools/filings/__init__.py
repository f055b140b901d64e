"""Filings at the SEC as tools: companies, lists of filings, figures, documents, full-text search.

company_tools, figure_tools, document_tools   the functions that a model calls
  showing             what they return, as values for JSON
  companies           which company is meant
  listing             which filings it made; picking, which one is meant
  notions             which tags stand for "revenue" and the like
  series              reported values by period: latest filed wins, restatements are told
    quarters          what is no reported quarter but the difference of two reported periods
    fiscal            which fiscal year and quarter a period is
  items               the items of a report: 1A, 7, 2.02
  pages               long texts in parts
  markup              text from a filing's HTML
edgar                 the SEC's addresses, and its answers as values
"""
