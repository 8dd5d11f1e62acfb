"""Kept watches the promises a firm made to its clients while there is still time to keep them."""
