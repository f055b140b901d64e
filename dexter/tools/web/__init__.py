"""The web as tools: a search over several services, pages as text, and posts on X.

search_tool   `web_search`
  searching   the services in order, until one answers
    services  each service: its address, its keys, what it is asked and what it answers
page_tool     `web_fetch`
  pages       a page by its address: redirects, bounds, cache
    places    which addresses may be asked at all
x_tools       `x_search`
  x           what X answers
"""
