// Tests wait for processes of one thread each: two at a time.
using Xunit.v3;

[assembly: Parallelization(MaxThreads = 2)]
