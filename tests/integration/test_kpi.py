"""KPIs: what they say is what a recount says, at every moment and over every period; folded days cost a read each."""
