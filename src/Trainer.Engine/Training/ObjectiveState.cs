using System.Text.Json.Nodes;
using Trainer.Engine.Storage;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>
/// What an objective keeps from step to step: zeros when the run begins, and part of every checkpoint.
/// </summary>
internal sealed class ObjectiveState : ICheckpointed, IDisposable
{
    private readonly Dictionary<string, Tensor> tensors;

    /// <param name="objective">The objective whose state it is.</param>
    /// <param name="batch">The shape [N, C, H, W] of a full batch.</param>
    /// <param name="device">Where to keep it.</param>
    public ObjectiveState(IObjective objective, long[] batch, Device device) =>
        tensors = objective.State(batch).ToDictionary(
        pair => pair.Key, pair => zeros(pair.Value, ScalarType.Float32, device).DetachFromDisposeScope());

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> ByName => tensors;

    public string Name => "objective";

    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => [.. tensors.Select(pair => (pair.Key, pair.Value))];

    public JsonNode? Save() => null;

    public void Load(JsonNode? value)
    {
    }

    public void Dispose()
    {
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
    }
}
