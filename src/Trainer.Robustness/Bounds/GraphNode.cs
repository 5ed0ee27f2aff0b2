using Trainer.Robustness.Bounds.Rules;

namespace Trainer.Robustness.Bounds;

/// <summary>A value of a network, and the layer that computes it.</summary>
/// <param name="Index">The node's place in its graph, after its inputs.</param>
/// <param name="Rule">The layer.</param>
/// <param name="Inputs">What the layer takes.</param>
internal sealed record GraphNode(int Index, BoundRule Rule, IReadOnlyList<GraphNode> Inputs)
{
    /// <summary>
    /// Whether interval arithmetic loses nothing: at most one layer mixes the pixels, and nothing is relaxed.
    /// </summary>
    public bool IsExact { get; } = !Rule.IsRelaxed && Inputs.Count <= 1 && Mixes(Rule, Inputs) <= 1;

    /// <summary>Whether all layers up to this one take windows, one behind the other.</summary>
    public bool TakesWindows { get; } =
        Rule.TakesWindows && Inputs.Count <= 1 && Inputs.All(input => input.TakesWindows);

    // How many layers that mix values are between the images and the node; many where paths join.
    private int Mixing { get; } = Mixes(Rule, Inputs);

    private static int Mixes(BoundRule rule, IReadOnlyList<GraphNode> inputs) => inputs switch
    {
        [] => 0,
        [var input] => (rule.IsRelaxed ? 2 : 0) + (rule.Mixes ? 1 : 0) + input.Mixing,
        _ => 2,
    };
}
