"""The crash matrix: does a function's work come to its one right end wherever it is struck?

A *scenario* is a state of the world and one request to one function. It is run three ways:

1. In calm, in a process of its own, which tells every *effect*: every call that leaves the process, in their order.
2. Once more for each of these effects and each `effects.Kind`: killed before it or after it, an error before it is
   done or after. A fault that never fired fails the test, and so does an effect that `seams` did not see.
   (After what only asks, an error makes no other difference than before it: `Kind.strikes`.)
3. After each of these the world heals by its own means alone: the queue asks once more and then gives up, leases run
   out, the reconciler dispatches what is due and has GitHub repeat what it could not deliver.
   Then there must be what there is after the calm run: the same number of documents of every kind, every chain
   whole, nothing unfinished, and what `Scenario.check` says.

The list of effects is the running code's: a call that is added to a handler is struck without a line being
changed here, and one that takes a way of its own out of the process fails `Matrix.rehearsal`.

A further function gets a scenario: a subclass of `Scenario` (of `TaskScenario` for what a queue drives) with

- `function`, its folder in `functions/`, and `peers`, those whom it must be seen to talk to, by the names in `seams`;
- `prepare()`, which makes the state before and returns the request, with names of its own at each call
  (`stage.number()`), for the documents are cleared between two calls, what exists at GitHub and the names of tasks
  are not;
- `ended(outcome)`, what whoever asked makes of the answer, and `repeat(request)`, what may come of the same request
  once all is done; a `TaskScenario` has both, and has `queue()` in place of `prepare()`;
- `check()`, what is right at the end beside what is checked of all of them;
- `stride`, of how many effects each kind strikes one, where striking them all is for the long tests: the kinds strike
  different ones;
- `grows`, collections that have a document for each attempt: the calm run has the fewest.

Then it stands in the list of `tests/e2e/test_crash_matrix.py`. A collection of steps takes part once it stands in
`Store.queued`, a queue once it stands in `local.cloud.QUEUES`.
"""
