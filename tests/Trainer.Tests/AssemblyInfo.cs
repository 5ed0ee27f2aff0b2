using Xunit.Sdk;
using Xunit.v3;

// Torch's seeds and thread counts are global.
[assembly: Parallelization(Mode = ParallelMode.None)]
