"""Asking places in the network for tools: with limits, a shared pace, a cache, and errors for the model.

client      a question to an answer: cache, pace, retries
  cache     answers on disk; room keeps it bounded
  pace      how often all processes of a home may ask one source
  wire      one exchange over HTTP, bounded in time and size; inflating, the bytes that a server packed
  refusals  what a status means, and how long a server wants to be left alone
text        texts of others: without control characters, and marked as quoted
source      what is asked and what comes back, as values

httpx2 is imported when something is asked for the first time.
"""
