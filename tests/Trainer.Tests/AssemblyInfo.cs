// Torch's seeds and thread counts are global.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
