using Trainer.Engine.Distributed;

namespace Trainer.Tests.Distributed;

public sealed class SharedTasksTests
{
    // Of a test that fails.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_task_is_computed_once_and_taken_in_order(int size)
    {
        var (computed, taken) = (new int[50], new List<int>());
        var ended = ThreadCollectives.Run(size, processes => new SharedTasks<int>(processes)
        {
            Compute = task => Interlocked.Increment(ref computed[task]) * task,
        }.Run(50, (task, result) =>
        {
            Assert.Equal(task, result);
            taken.Add(task);
        }));
        Assert.All(ended, isDone => Assert.True(isDone));
        Assert.All(computed, count => Assert.Equal(1, count));
        Assert.Equal(Enumerable.Range(0, 50), taken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_process_that_is_held_up_leaves_the_tasks_to_the_others(int slow)
    {
        // The held-up process computes one task, whatever it is, until the others have done seven.
        using var others = new CountdownEvent(7);
        var own = 0;
        ThreadCollectives.Run(2, processes => new SharedTasks<int>(processes)
        {
            Compute = task =>
            {
                if (processes.Rank == slow)
                {
                    own++;
                    others.Wait();
                }
                else if (!others.IsSet)
                    others.Signal();
                return task;
            },
        }.All(8));
        Assert.True(others.IsSet);
        Assert.InRange(own, 0, 1);
    }

    [Fact]
    public void No_process_goes_far_ahead_of_a_task_that_is_not_finished()
    {
        using var isReleased = new ManualResetEventSlim();
        var largest = 0;
        var results = ThreadCollectives.Run(2, processes => new SharedTasks<int>(processes)
        {
            Compute = task =>
            {
                if (task == 0)
                    isReleased.Wait();
                else if ((largest = Math.Max(largest, task)) == 15)
                    isReleased.Set();
                else if (!isReleased.IsSet)
                    Assert.InRange(task, 1, 15);
                return task;
            },
        }.All(40));
        Assert.All(results, all => Assert.Equal(Enumerable.Range(0, 40), all));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_stop_that_one_process_is_asked_for_ends_all(int asked)
    {
        var started = 0;
        var results = ThreadCollectives.Run(2, processes => new SharedTasks<int>(processes)
        {
            Compute = task =>
            {
                Interlocked.Increment(ref started);
                return task;
            },
            StopRequested = () => processes.Rank == asked && Volatile.Read(ref started) > 5,
        }.All(1_000_000));
        Assert.All(results, all => Assert.Null(all));
        Assert.True(started < 1_000_000);
    }

    [Fact]
    public void A_stop_is_told_while_the_process_that_was_asked_for_it_computes()
    {
        using var isTold = new ManualResetEventSlim();
        var isAsked = false;
        var results = ThreadCollectives.Run(2, processes =>
        {
            // The second process first says that it is free, and then only that it was asked to stop.
            if (processes.IsFirst)
                processes.Received = count => Set(isTold, count == 2);
            return new SharedTasks<int>(processes)
            {
                Compute = task =>
                {
                    if (processes.IsFirst)
                        return SpinWait.SpinUntil(() => Volatile.Read(ref isAsked), Patience) ? task : -1;
                    Volatile.Write(ref isAsked, true);
                    Assert.True(isTold.Wait(Patience));
                    return task;
                },
                StopRequested = () => !processes.IsFirst && Volatile.Read(ref isAsked),
            }.All(1_000_000);
        });
        Assert.All(results, all => Assert.Null(all));
    }

    [Fact]
    public void A_process_that_is_asked_to_stop_while_it_waits_for_another_begins_no_task()
    {
        using var isSeen = new ManualResetEventSlim();
        var (own, most, isAsked) = (0, 0, false);
        ThreadCollectives.Run(2, processes => new SharedTasks<int>(processes)
        {
            Compute = task =>
            {
                if (processes.IsFirst)
                {
                    Interlocked.Increment(ref own);
                    // The second process has to have a task.
                    SpinWait.SpinUntil(() => Volatile.Read(ref most) > 0, Patience);
                    return task;
                }
                // The first process goes 15 tasks further than this one.
                Volatile.Write(ref most, task + 15);
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref own) == most, Patience));
                Volatile.Write(ref isAsked, true);
                Assert.True(isSeen.Wait(Patience));
                return task;
            },
            StopRequested = () => processes.IsFirst && Volatile.Read(ref isAsked) && Set(isSeen, true),
        }.All(1_000_000));
        Assert.Equal(most, own);
    }

    [Fact]
    public void A_stop_during_the_last_task_begins_none_of_the_next_ones()
    {
        using var bothCompute = new Barrier(2);
        var (isAsked, computed) = (false, 0);
        var results = ThreadCollectives.Run(2, processes =>
        {
            IReadOnlyList<int>? Run() => new SharedTasks<int>(processes)
            {
                Compute = task =>
                {
                    Interlocked.Increment(ref computed);
                    Assert.True(bothCompute.SignalAndWait(Patience));
                    Volatile.Write(ref isAsked, true);
                    return task;
                },
                StopRequested = () => !processes.IsFirst && Volatile.Read(ref isAsked),
            }.All(2);
            return (Run(), Run());
        });
        Assert.All(results, both =>
        {
            Assert.Equal([0, 1], both.Item1);
            Assert.Null(both.Item2);
        });
        Assert.Equal(2, computed);
    }

    [Fact]
    public void Nothing_follows_the_last_result_that_is_needed()
    {
        var results = ThreadCollectives.Run(3, processes => new SharedTasks<double>(processes)
        {
            Compute = task => task == 4 ? double.NaN : task,
            IsLast = double.IsNaN,
        }.All(1_000_000));
        Assert.All(results, all => Assert.Equal([0, 1, 2, 3, double.NaN], all));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_failure_of_one_process_ends_the_others(int failing)
    {
        var error = Assert.Throws<InvalidOperationException>(() => ThreadCollectives.Run(
            3, processes => new SharedTasks<int>(processes)
            {
                Compute = task => processes.Rank == failing && task > 3
                    ? throw new InvalidOperationException("failed") : task,
            }.All(1_000_000)));
        Assert.Equal("failed", error.Message);
    }

    private static bool Set(ManualResetEventSlim signal, bool isSet)
    {
        if (isSet)
            signal.Set();
        return isSet;
    }
}
