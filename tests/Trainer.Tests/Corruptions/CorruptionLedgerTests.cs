using System.Text.Json.Nodes;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Robustness;
using Trainer.Tests.Distributed;
using Trainer.Tests.Evaluation;
using Trainer.Tests.Evaluation.Checks;
using Trainer.Tests.Training;

namespace Trainer.Tests.Corruptions;

/// <summary>What was measured under corruptions is measured once, whatever stops it and whoever shares it.</summary>
public sealed class CorruptionLedgerTests : IDisposable
{
    private const int Images = 5;

    // Of two images each, but the last of each kind: clean, and fifteen corruptions at five severities.
    private const int Blocks = 76 * 3;
    private readonly SmallEvaluation small = new();

    public void Dispose() => small.Dispose();

    [Fact]
    public void A_stopped_measurement_resumes_to_the_same_files_and_computes_no_block_twice()
    {
        // Also of a network that draws random numbers.
        using var drawing = new MaskedNetwork(
            input => small.Network.call(nn.functional.dropout(input, 0.5, training: true)));
        Assert.Equal(Blocks, Measure("whole", drawing));
        var asked = 0;
        Assert.Equal(62, Measure("parts", drawing, stop: () => ++asked > 62));
        Assert.Equal([".lock", "ledger.jsonl"], Files("parts").Select(Path.GetFileName));
        Assert.Equal(Blocks - 62, Measure("parts", drawing));
        Assert.Equal(Contents("whole"), Contents("parts"));
        Assert.Equal(0, Measure("parts", drawing));
        Assert.Equal(Contents("whole"), Contents("parts"));
        Assert.Equal([".lock", "corruptions.json", "ledger.jsonl"], Files("whole").Select(Path.GetFileName));
    }

    [Fact]
    public void Three_processes_share_the_blocks_and_resume_to_the_files_of_one()
    {
        Assert.Equal(Blocks, Measure("one", small.Network));
        var asked = 0;
        Assert.Equal(20, Measure("resumed", small.Network, stop: () => ++asked > 20));
        var threads = get_num_threads();
        foreach (var (place, left) in (ReadOnlySpan<(string, int)>)[("three", Blocks), ("resumed", Blocks - 20)])
        {
            var blocks = ThreadCollectives.Run(3, processes =>
            {
                Threads.Use(threads);
                return Measure(place, small.Network, processes: processes);
            });
            Assert.Equal(left, blocks.Sum());
            Assert.Equal(Contents("one"), Contents(place));
        }
    }

    [Fact]
    public void Other_weights_another_seed_and_other_images_have_ledgers_of_their_own()
    {
        Assert.Equal(Blocks, Measure("kept", small.Network));
        Assert.Equal(Blocks, Measure("kept", small.Network, ("seed", 7)));
        Assert.Equal(76, Measure("kept", small.Network, images: 2));
        using (no_grad())
            small.Network.parameters().First().mul_(0.5);
        Assert.Equal(Blocks, Measure("kept", small.Network));
        // No corruption depends on a threat model.
        Assert.Equal(0, Measure("kept", small.Network, ("threat.epsilon", 0.3)));
        var ledgers = Files("kept").Where(file => Path.GetFileName(file) == "ledger.jsonl").ToList();
        Assert.Equal(4, ledgers.Count);
        Assert.All(ledgers, file => Assert.Contains(
            "[\"common corruptions, version 2\"]", File.ReadLines(file).First(), StringComparison.Ordinal));
    }

    [Fact]
    public void Logits_that_are_not_finite_end_the_measurement_and_are_not_kept()
    {
        var calls = 0;
        using var failing = new MaskedNetwork(
            input => ++calls > 3 ? full([64, 2], float.NaN) : small.Network.call(input));
        Assert.Contains("at 2 of 2 images under gaussian-noise,", Assert.Throws<NonFiniteLogitsException>(
            () => Measure("kept", failing)).Message, StringComparison.Ordinal);
        Assert.Equal(1 + 3, File.ReadLines(Files("kept")[^1]).Count());
        using var sound = new MaskedNetwork(input => small.Network.call(input));
        Assert.Equal(Blocks - 3, Measure("kept", sound));
    }

    /// <returns>How many blocks were computed in this process.</returns>
    private long Measure(
        string place, Module measured, (string Path, JsonNode? Value)? change = null, Func<bool>? stop = null,
        Collectives? processes = null, int images = Images)
    {
        // Each process counts its own passes, of which a block takes as many as the batches that it is filled up to.
        using var classifier = new Classifier(measured, 2);
        List<(string, JsonNode?)> changes = [("evaluate.batchSize", 2)];
        if (change is { } one)
            changes.Add(one);
        var report = new FinalEvaluator(
            classifier, TinyRun.Recipe([.. changes]).Value.EvaluationPlan, small.Data, small.Alone,
            new(processes is null or { IsFirst: true } ? small.Folder.At(place) : null, stop)
            {
                Processes = processes ?? OneProcess.Instance,
            }).MeasureCorruptions(images);
        Assert.Equal(stop is not null, report is null);
        return classifier.Passes.Forward / 64;
    }

    private List<string> Files(string place) =>
        [.. Directory.GetFiles(small.Folder.At(place), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private List<string> Contents(string place) => [.. Files(place).Select(File.ReadAllText)];
}
