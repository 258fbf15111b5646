"""People at customers, as the API shows them."""
