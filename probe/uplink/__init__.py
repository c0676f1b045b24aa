"""Watch what each vantage's packets leave by: tell when it goes and comes back, and keep hops from being blamed for it."""
