using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Training;

/// <summary>Counts measurements without a new best.</summary>
/// <param name="options">How many are too many; null never ends training.</param>
public sealed class EarlyStopping(EarlyStoppingOptions? options) : ICheckpointed
{
    private State state = new(null, 0);

    /// <summary>Whether training ends here.</summary>
    public bool IsReached => options is not null && state.Since >= options.Patience;

    /// <summary>Takes a measurement.</summary>
    /// <param name="score">The monitored metric; null where it was not measured.</param>
    public void Take(double? score)
    {
        if (score is not { } value || options is null)
            return;
        state = state.Best is not { } best || value > best + options.MinDelta ? new(value, 0)
            : state with { Since = state.Since + 1 };
    }

    /// <inheritdoc/>
    public string Name => "earlyStopping";

    /// <inheritdoc/>
    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors => [];

    /// <inheritdoc/>
    public JsonNode? Save() => JsonSerializer.SerializeToNode(state);

    /// <inheritdoc/>
    public void Load(JsonNode? value) => state = value?.Deserialize<State>() ?? new(null, 0);

    private sealed record State(double? Best, int Since);
}
