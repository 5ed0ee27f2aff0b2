using Xunit.v3;

// Tests wait for processes of one thread each: two at a time.
[assembly: Parallelization(MaxThreads = 2)]
