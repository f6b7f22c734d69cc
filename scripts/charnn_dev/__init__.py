"""The developers' tools of charnn, run by scripts/dev: measurements, fixtures and hard tests.

One module a subcommand (`launcher` lists them) over modules that each know one thing: `program`
runs charnn, `texts` prepares texts, `workloads` has the models that several tools train, `training`
and `sittings` train them, `models` and `minibatches` are the same in PyTorch, `tables`, `plots` and
`readme` show results.
"""
