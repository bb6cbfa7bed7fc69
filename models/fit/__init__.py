"""Fitting: the district's prior out of added counts. scikit-learn lives here; the daemon never imports this."""
