"""Portrait quality, templates, comparison and galleries, with every engine behind one port."""
