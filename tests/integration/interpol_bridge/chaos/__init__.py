"""A bridge, a bureau and the network between them, all failing at random; and the proof that no answer was made up.

``plan`` draws what is asked and what is listed, ``world`` starts the processes, ``rough_network`` lies between them,
``storm`` makes them fail, ``post_client`` asks as a post does, ``proof`` reads what was noted.
"""
