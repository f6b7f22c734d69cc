"""The developers' tools of charnn, run by scripts/dev: measurements, fixtures and hard tests.

One module a subcommand (`launcher` lists them) over modules that each know one thing: `program`
runs charnn, `texts` prepares texts, `workloads` has every model that is trained here, `models` and
`minibatches` are the same in PyTorch, `tables` and `plots` show results.
"""
