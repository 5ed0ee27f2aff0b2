using System.Globalization;
using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Engine.Storage;
using Trainer.Engine.Training;

namespace Stripes;

/// <summary>The state is part of every checkpoint, so that an interrupted run ends with the same value.</summary>
internal sealed class LowestLossHook(string file) : TrainingHook, ICheckpointed
{
    private double lowest = double.MaxValue;

    public string Name => "lowest-loss";

    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => [];

    public JsonNode? Save() => JsonValue.Create(lowest);

    public void Load(JsonNode? value) => lowest = value?.GetValue<double>() ?? double.MaxValue;

    public override void OnInterval(TrainingRun run, StepMetrics metrics) =>
        lowest = Math.Min(lowest, metrics.Loss ?? double.MaxValue);

    public override void OnRunEnd(TrainingRun run) =>
        File.WriteAllText(file, lowest.ToString("R", CultureInfo.InvariantCulture) + "\n");
}
