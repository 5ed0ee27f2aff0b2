using Trainer.EndToEnd;
using Xunit.v3;

// Tests wait for processes of one thread each: two at a time.
[assembly: Parallelization(MaxThreads = 2)]
[assembly: AssemblyFixture(typeof(WholeRun))]
