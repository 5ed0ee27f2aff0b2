using Trainer.Engine.Checkpoints;

namespace Trainer.Tests.Commands;

public sealed class ThreadsOptionTests : IDisposable
{
    private const string Variable = "OMP_NUM_THREADS";
    private const string Rounding = "results match the uninterrupted run up to rounding, not bit for bit";
    private readonly string? before = Environment.GetEnvironmentVariable(Variable);
    private readonly CommandWorkbench workbench = new();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, before);
        workbench.Dispose();
    }

    [Fact]
    public void A_run_resumes_with_the_number_that_the_command_line_the_environment_or_the_run_says()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        Assert.Equal("with 1 thread", Train("train.epochs=1", "--threads", "1").Threads);
        Assert.Equal(1, Checkpoint.Open(workbench.At("own", "latest")).State.Threads);

        var kept = Train("train.epochs=2");
        Assert.Equal("with 1 thread", kept.Threads);
        Assert.DoesNotContain(Rounding, kept.Output, StringComparison.Ordinal);

        Environment.SetEnvironmentVariable(Variable, "2");
        var changed = Train("train.epochs=3");
        Assert.Equal("with 2 threads", changed.Threads);
        Assert.Contains(
            $"Resuming in a different environment (threads 1 → 2); {Rounding}", changed.Output,
            StringComparison.Ordinal);

        var asked = Train("train.epochs=4", "--threads", "1");
        Assert.Equal("with 1 thread", asked.Threads);
        Assert.Contains("(threads 2 → 1); " + Rounding, asked.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate run --attack fgsm --examples 2")]
    [InlineData("verify run --examples 2")]
    [InlineData("report run --examples 3")]
    [InlineData("recipe check recipe.json")]
    [InlineData("train recipe.json --run new")]
    public void Every_command_that_computes_takes_a_number(string line)
    {
        Environment.SetEnvironmentVariable(Variable, "1");
        foreach (var count in (int[])[2, 1])
        {
            Assert.Equal(0, workbench.Run([.. line.Replace("new", $"new{count}", StringComparison.Ordinal).Split(' '),
                "--threads", $"{count}"]).ExitCode);
            Assert.Equal(count, get_num_threads());
            File.Delete(workbench.At("run", "examination.json"));
        }
    }

    [Theory]
    [InlineData("evaluate run --attack fgsm --examples 2")]
    [InlineData("verify run --examples 2")]
    [InlineData("report run --examples 0")]
    [InlineData("recipe check recipe.json")]
    [InlineData("train recipe.json --run new")]
    [InlineData("doctor")]
    public void Every_command_that_computes_names_an_invalid_value_of_the_environment(string line)
    {
        Environment.SetEnvironmentVariable(Variable, "abc");
        const string Named = "OMP_NUM_THREADS: found \"abc\", expected a whole number";
        var (_, output, error) = workbench.Run(line.Split(' '));
        Assert.Contains(Named, output + error, StringComparison.Ordinal);
        if (line == "doctor")
            return;
        (_, output, error) = workbench.Run([.. line.Split(' '), "--threads", "1"]);
        Assert.DoesNotContain(Named, output + error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_with_another_number_of_threads_than_the_run_notes_it()
    {
        var stored = Checkpoint.Open(workbench.At("run", "latest")).State.Threads;
        string[] line = ["evaluate", "run", "--attack", "fgsm", "--examples", "2", "--threads"];
        Assert.Contains(
            $"note: computes with {stored + 1} threads, and the run did with {stored}: results match up to rounding\n",
            workbench.Run([.. line, $"{stored + 1}"]).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("rounding", workbench.Run([.. line, $"{stored}"]).Error, StringComparison.Ordinal);
    }

    private (string Threads, string Output) Train(string change, params string[] more)
    {
        // The length of a run may change where the learning rate does not depend on it.
        var (exitCode, output, error) = workbench.Run(["train", "recipe.json", "--run", "own", "--set",
            "schedule=constant", "--set", change, .. more]);
        Assert.Equal((0, ""), (exitCode, error));
        return (System.Text.RegularExpressions.Regex.Match(output, "with [0-9]+ threads?").Value, output);
    }
}
