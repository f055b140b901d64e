"""Financial arithmetic on `Decimal`: pure functions, no input or output, units in the names of arguments."""
