using Trainer.Robustness.Bounds.Rules;

namespace Trainer.Robustness.Bounds;

/// <summary>What a classifier computes, from images in [0, 1] to logits, each node after its inputs.</summary>
internal sealed class BoundGraph
{
    private BoundGraph(IReadOnlyList<GraphNode> nodes, GraphNode images, GraphNode output)
    {
        (Nodes, Images, Output) = (nodes, images, output);
        RelaxedInputs = nodes.Where(node => node.Rule.IsRelaxed).Select(node => BeforeFlatten(node.Inputs[0]))
            .ToHashSet();
        PooledInputs = nodes.Where(node => node.Rule is MaxPoolRule).Select(node => node.Inputs[0]).ToHashSet();
    }

    /// <summary>The images first.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>What the network takes: the images, normalised where the classifier does so.</summary>
    public GraphNode Images { get; }

    /// <summary>The logits.</summary>
    public GraphNode Output { get; }

    /// <summary>
    /// The values whose bounds decide how a layer after them is relaxed; as pixels, where they are flattened between.
    /// </summary>
    public IReadOnlySet<GraphNode> RelaxedInputs { get; }

    /// <summary>Inputs of max pools: all their bounds matter, not only those of unstable neurons.</summary>
    public IReadOnlySet<GraphNode> PooledInputs { get; }

    /// <summary>Reads the structure that a network states.</summary>
    /// <exception cref="NotSupportedException">It states none, or has a layer without bounds.</exception>
    public static BoundGraph Record(Classifier classifier)
    {
        var recorder = new GraphRecorder();
        var images = recorder.Add(new InputRule());
        if (classifier.Factors is var (mean, deviation))
            images = recorder.Add(
                ChannelRule.Of(mean, deviation, classifier.Parameters?.Dtype ?? ScalarType.Float32), images);
        var output = recorder.Apply(classifier.Network, images);
        return new(recorder.Nodes, images, output);
    }

    /// <summary>
    /// The logits, in the modes of the modules. In training mode the first call takes the batch's statistics and
    /// updates the running ones; bounds and later calls use the same statistics.
    /// </summary>
    /// <param name="images">Float [N, C, H, W].</param>
    public Tensor Forward(Tensor images) => Values(images)[Output.Index];

    /// <summary>The values of all nodes: what <see cref="Forward"/> computes.</summary>
    public IReadOnlyList<Tensor> Values(Tensor images)
    {
        var values = new Tensor[Nodes.Count];
        values[0] = images;
        foreach (var node in Nodes.Skip(1))
            values[node.Index] = node.Rule.Forward([.. node.Inputs.Select(input => values[input.Index])]);
        return values;
    }

    /// <summary>
    /// For a node of pixels, the window of each earlier node that a pixel depends on; null where there is none.
    /// </summary>
    public IReadOnlyDictionary<GraphNode, Window>? Windows(GraphNode start)
    {
        var windows = new Dictionary<GraphNode, Window> { [start] = Window.Pixel };
        foreach (var node in Nodes.Take(start.Index + 1).Reverse())
        {
            if (!windows.TryGetValue(node, out var window))
                continue;
            var before = node.Inputs.Count == 0 ? window : node.Rule.Before(window);
            foreach (var input in node.Inputs)
            {
                var joined = windows.TryGetValue(input, out var other) ? before?.Union(other) : before;
                if (joined is null)
                    return null;
                windows[input] = joined.Value;
            }
        }
        return windows;
    }

    private static GraphNode BeforeFlatten(GraphNode node) =>
        node.Rule is FlattenRule ? BeforeFlatten(node.Inputs[0]) : node;
}
