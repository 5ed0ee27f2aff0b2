using Trainer.Engine.Training;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

public sealed class ThreadsTests
{
    [Fact]
    public void A_step_on_two_threads_equals_one_on_one_thread_up_to_rounding()
    {
        using var scope = NewDisposeScope();
        var (before, one) = Step(threads: 1);
        var (_, two) = Step(threads: 2);
        var update = (one - before).norm().item<float>();
        Assert.True(update > 0);
        Assert.InRange((two - one).norm().item<float>(), 0, 1e-2f * update);
    }

    [Fact]
    public void A_run_that_resumes_with_other_threads_warns_that_it_is_the_same_up_to_rounding()
    {
        using var folder = new TemporaryFolder();
        var log = new LogLines();
        var recipe = TinyRun.Recipe();
        Assert.Throws<CrashException>(() => Run(1, new Crash(5)));
        Assert.Equal(0, Run(2, new Crash()).ExitCode);
        Assert.Equal(
            "Resuming in a different environment (threads 1 → 2); results match the uninterrupted run up to rounding, "
                + "not bit for bit",
            Assert.Single(log.Warnings));

        RunOutcome Run(int threads, TrainingHook hook)
        {
            using var session = TrainingSession.Open(
                recipe, TinyRun.Registry, new(RunFolder: folder.Path, Threads: threads), _ => [hook], log.Logger);
            return session.Run();
        }
    }

    /// <summary>The parameters before and after the first step of a run.</summary>
    private static (Tensor Before, Tensor After) Step(int threads)
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.UseThreads(threads);
        var before = run.Model.Parameters.Values.clone();
        using var batches = run.Batches(attempt: 0, epoch: 0);
        new TrainingStep(run).Run(batches, learningRate: 0.1);
        return (before, run.Model.Parameters.Values.clone());
    }
}
