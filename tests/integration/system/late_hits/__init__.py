"""Travellers who cross while INTERPOL fails, and the proof that each hit on them reaches post and capital.

``travellers`` draws who crosses, ``country`` runs post and capital over the storm's bridge and bureau, ``run`` lets
it all happen, ``proof`` reads what was noted.
"""
