using System.Text.Json.Nodes;
using Trainer.Engine.Distributed;
using Trainer.Engine.Storage;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Training;

/// <summary>
/// What an objective keeps from step to step: zeros when the run begins, and part of every checkpoint.
/// </summary>
internal sealed class ObjectiveState : ICheckpointed, IDisposable
{
    /// <summary>Its name in checkpoints.</summary>
    public const string Part = "objective";

    private readonly Dictionary<string, Tensor> tensors;
    private readonly HashSet<string> ofRows;

    /// <param name="objective">The objective whose state it is.</param>
    /// <param name="sizes">Of the run.</param>
    /// <param name="device">Where to keep it.</param>
    public ObjectiveState(IObjective objective, TrainingSizes sizes, Device device)
    {
        var state = objective.State(sizes);
        ofRows = [.. state.Where(pair => pair.Value.HasBatchRows).Select(pair => pair.Key)];
        tensors = state.ToDictionary(pair => pair.Key, pair =>
            zeros([.. pair.Value.Shape], ScalarType.Float32, device).DetachFromDisposeScope());
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> ByName => tensors;

    /// <summary>The rows of a process: views, of the tensors that have a row for each place of a batch.</summary>
    public IReadOnlyDictionary<string, Tensor> Shared(RowShare share) => share.Size == 1 ? tensors
        : tensors.ToDictionary(
            pair => pair.Key, pair => ofRows.Contains(pair.Key) ? share.View(pair.Value) : pair.Value);

    /// <summary>Brings the rows of all processes together, in each of them.</summary>
    public void Gather(Collectives processes)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var share = new RowShare(processes.Rank, processes.Size);
        foreach (var name in share.Size == 1 ? [] : ofRows)
        {
            var tensor = tensors[name];
            var whole = zeros_like(tensor);
            share.View(whole).copy_(share.View(tensor));
            processes.AllReduce(whole.view(-1));
            tensor.copy_(whole);
        }
    }

    public string Name => Part;

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
