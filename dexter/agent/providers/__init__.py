"""Models of the library: which protocol, how often and how long, and an answer that was cut gone on with."""
