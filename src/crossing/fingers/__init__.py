"""Fingers at the post: what a scanner handed over, checked, shown, and compared by engines behind one port."""
