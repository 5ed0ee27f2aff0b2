using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Training;

/// <summary>
/// Sums metrics of steps on the device, so that a step never waits for it; they are read once a logging interval.
/// Its state is part of a checkpoint, so that a resumed run writes the same lines.
/// </summary>
internal sealed class StepMetricsAccumulator : ICheckpointed, IDisposable
{
    // Loss, clean correct, adversarial correct, gradient norm; then the worst violation of the attack's bound.
    private const int Summed = 4;
    private readonly Tensor sums;
    private readonly Tensor worst;
    private Counts counts = new(0, 0, 0, 0);

    public StepMetricsAccumulator(Device device)
    {
        sums = zeros(Summed, ScalarType.Float64, device).DetachFromDisposeScope();
        worst = full(1, float.NegativeInfinity, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>The sums of the epoch under way, up to the last interval that ended; null before.</summary>
    public StepTotals? Epoch { get; private set; }

    /// <summary>Whether there were steps since the last interval ended.</summary>
    public bool HasSteps => counts.Steps > 0;

    /// <summary>Adds a step.</summary>
    /// <param name="step">Over all processes.</param>
    /// <param name="gradientNorm">Float [].</param>
    public void Add(StepValues step, Tensor gradientNorm)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        sums.add_(cat([step.Sums, gradientNorm.unsqueeze(0).to(step.Sums.dtype)]).to(ScalarType.Float64));
        if (step.Violation is { } violation)
            worst.copy_(maximum(worst, violation));
        counts = new(
            counts.Images + step.Images, counts.Steps + 1, counts.Clean + step.CleanImages,
            counts.Adversarial + step.AdversarialImages);
    }

    /// <summary>
    /// Reads the interval's sums, adds them to the epoch's, and begins a new interval. Waits for the device.
    /// </summary>
    /// <returns>
    /// The interval's metrics and the worst violation in it, negative infinity where nothing was attacked.
    /// </returns>
    public (StepTotals Totals, float Violation) EndInterval()
    {
        using var scope = NewDisposeScope();
        var values = sums.cpu().data<double>().ToArray();
        var violation = worst.item<float>();
        var totals = new StepTotals(
            counts.Images, counts.Steps, counts.Clean, counts.Adversarial, values[0], values[1], values[2], values[3]);
        Epoch = Epoch?.Plus(totals) ?? totals;
        sums.zero_();
        worst.fill_(float.NegativeInfinity);
        counts = new(0, 0, 0, 0);
        return (totals, violation);
    }

    public void BeginEpoch() => Epoch = null;

    /// <summary>Forgets the steps of the epoch under way, which starts again.</summary>
    public void Restart()
    {
        EndInterval();
        BeginEpoch();
    }

    public string Name => "metrics";

    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => [("sums", sums), ("worst", worst)];

    public JsonNode? Save() => JsonSerializer.SerializeToNode(new State(counts, Epoch));

    public void Load(JsonNode? value) =>
        (counts, Epoch) = value.Deserialize<State>() ?? throw new JsonException("null is not a state of the metrics");

    public void Dispose()
    {
        sums.Dispose();
        worst.Dispose();
    }

    private sealed record Counts(long Images, long Steps, long Clean, long Adversarial);

    private sealed record State(Counts Counts, StepTotals? Epoch);
}
