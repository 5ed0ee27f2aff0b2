// Each test starts processes of its own; two at a time would only slow each other down.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
