"""Everything that can go wrong, at once: are deliveries lost or doubled when workers are killed in mid-effect?

    python -m local.storm --deliveries 1000 --seed 1 --outage 20

Real functions-framework workers stand behind a load balancer of ours and talk to the local cloud through wires of
ours. A wire knows when an effect is asked for, and kills the worker that asks, before the effect or after it. Nothing
of this is in `functions/` or `shared/`.
"""
