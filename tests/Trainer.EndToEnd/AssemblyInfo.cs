// Tests wait for processes of one thread each: two at a time.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
