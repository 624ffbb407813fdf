"""How well two names are told to be one person's, beside nomenklatura's logic-v2 and rapidfuzz's WRatio."""
