using Xunit;

// The global generator, gradient mode and default dtype are torch's globals.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
