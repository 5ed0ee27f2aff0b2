using TorchSharp.Modules;
using Trainer.Robustness;
using Trainer.Robustness.Native;
using CrossEntropyLoss = Trainer.Robustness.Losses.CrossEntropyLoss;

namespace Trainer.Tests.Native;

public sealed class NewShapeLockTests
{
    [Fact]
    public void Another_thread_waits_until_the_first_gradient_of_a_shape_is_there()
    {
        using var convolution = nn.Conv2d(1, 16, kernel_size: 3);
        var shapes = new NewShapeLock([convolution]);
        using var images = zeros(2, 1, 4, 4);
        var first = shapes.Enter(images);
        Assert.NotNull(first);
        IDisposable? second = first;
        var other = new Thread(() => second = shapes.Enter(images));
        other.Start();
        Assert.False(other.Join(50));
        first.Dispose();
        other.Join();
        Assert.Null(second);
    }

    [Fact]
    public void A_known_shape_is_entered_while_a_new_one_is_under_way()
    {
        using var convolution = nn.Conv2d(1, 16, kernel_size: 3);
        var shapes = new NewShapeLock([convolution]);
        var (known, @new) = (zeros(2, 1, 4, 4), zeros(3, 1, 4, 4));
        shapes.Enter(known)!.Dispose();
        using var pass = shapes.Enter(@new);
        Assert.NotNull(pass);
        IDisposable? entered = pass;
        var other = new Thread(() => entered = shapes.Enter(known));
        other.Start();
        other.Join();
        Assert.Null(entered);
    }

    [Fact]
    public void A_shape_is_new_again_once_oneDNN_may_have_forgotten_it()
    {
        using var convolution = nn.Conv2d(1, 16, kernel_size: 3);
        var shapes = new NewShapeLock([convolution]);
        foreach (var rows in Enumerable.Range(1, 65))
        {
            using var batch = zeros(rows, 1, 4, 4);
            shapes.Enter(batch)!.Dispose();
        }
        using var last = zeros(65, 1, 4, 4);
        Assert.Null(shapes.Enter(last));
        using var oldest = zeros(1, 1, 4, 4);
        using var pass = shapes.Enter(oldest);
        Assert.NotNull(pass);
    }

    [Fact]
    public void A_network_without_convolutions_never_waits()
    {
        using var linear = nn.Linear(16, 10);
        using var images = zeros(2, 1, 4, 4);
        Assert.Null(new NewShapeLock([linear]).Enter(images));
    }

    [Fact]
    public void Two_threads_that_attack_a_network_compute_its_first_gradients_one_after_the_other()
    {
        Thread[] threads = [];
        using var network = new Counting(() => threads.Any(thread => thread != Thread.CurrentThread
            && (thread.ThreadState & (ThreadState.WaitSleepJoin | ThreadState.Stopped)) != 0));
        using var classifier = new Classifier(network, classes: 16);
        using var images = rand(2, 1, 4, 4);
        using var labels = zeros(2, ScalarType.Int64);
        threads = [new(Attack), new(Attack)];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal((2, 1), (network.Calls, network.MostAtOnce));

        void Attack()
        {
            using var scope = NewDisposeScope();
            new CrossEntropyLoss(labels).Gradient(classifier, images);
        }
    }

    /// <summary>Counts the threads in its forward pass, which lasts until all of them could be there.</summary>
    private sealed class Counting : Module
    {
        private readonly Conv2d conv = nn.Conv2d(1, 16, kernel_size: 4);
        private readonly Func<bool> othersWaitOrEnded;
        private int inside;

        public Counting(Func<bool> othersWaitOrEnded) : base("counting")
        {
            this.othersWaitOrEnded = othersWaitOrEnded;
            RegisterComponents();
        }

        public int Calls { get; private set; }

        public int MostAtOnce { get; private set; }

        public override Tensor forward(Tensor input)
        {
            lock (conv)
            {
                Calls++;
                MostAtOnce = Math.Max(MostAtOnce, ++inside);
            }
            SpinWait.SpinUntil(() => Volatile.Read(ref inside) > 1 || othersWaitOrEnded());
            lock (conv)
                inside--;
            return conv.call(input).flatten(1);
        }
    }
}
