"""A passport of Utopia whose chip works: the card's side of Doc 9303 parts 10 and 11, and its issuing State's keys.

Written apart from every reader, so that card and reader meet at the wire alone and cannot share one mistake.
"""
