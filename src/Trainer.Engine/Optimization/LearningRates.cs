using Trainer.Engine.Networks;

namespace Trainer.Engine.Optimization;

/// <summary>
/// The learning rates of the flat parameters: one of all, or one of a new head and another of the layers before it.
/// </summary>
internal sealed class LearningRates
{
    private readonly double bodyFactor;
    private readonly FlatParameters parameters;
    private readonly List<(long Offset, long Length, bool IsHead)> parts = [];

    /// <param name="bodyFactor">Multiplies the learning rate of every layer but the head.</param>
    /// <param name="parameters">The parameters, some of which are a new head's.</param>
    public LearningRates(double bodyFactor, FlatParameters parameters)
    {
        (this.bodyFactor, this.parameters) = (bodyFactor, parameters);
        if (bodyFactor == 1)
            return;
        foreach (var segment in parameters.Layout.Segments)
        {
            var isHead = parameters.Head.Contains(segment.Key);
            if (parts is [.., var last] && last.IsHead == isHead)
                parts[^1] = last with { Length = segment.Offset + segment.Length - last.Offset };
            else
                parts.Add((segment.Offset, segment.Length, isHead));
        }
    }

    /// <summary>Whether all parameters have one rate.</summary>
    public bool IsUniform => bodyFactor == 1;

    /// <summary>What a tensor's learning rate is multiplied by.</summary>
    public double Factor(Segment segment) => parameters.Head.Contains(segment.Key) ? 1 : bodyFactor;

    /// <summary>Calls once for each part of the buffers that has a rate of its own.</summary>
    /// <param name="learningRate">The head's.</param>
    /// <param name="update">Takes what gives the part of a flat buffer, and the part's rate.</param>
    public void Each(double learningRate, Action<Func<Tensor, Tensor>, double> update)
    {
        if (IsUniform)
        {
            update(flat => flat, learningRate);
            return;
        }
        foreach (var (offset, length, isHead) in parts)
        {
            using var scope = NewDisposeScope();
            update(flat => flat.narrow(0, offset, length), isHead ? learningRate : learningRate * bodyFactor);
        }
    }
}
