"""What does a pull request cost, what would many of them cost, and where does it end?

    python -m local.scale --count                        # count and measure anew, in the local cloud
    python -m local.scale --per-month 50000              # the bill for so many
    python -m local.scale --prices FILE --day            # other prices; a day of ten million a month, simulated

What was counted is kept in `counts.json`, prices in `prices.json`, what the cloud is taken to be in `cloud.json`.
"""
