using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

internal sealed class ConvNeXtNetwork : Module, INetworkGraph
{
    private readonly ConvolutionalStem stem;
    private readonly Sequential stages;
    private readonly Sequential head;

    /// <param name="inputs">The channels of the images.</param>
    /// <param name="classes">K.</param>
    /// <param name="convolutions">Channels and strides of the stem.</param>
    /// <param name="depths">The blocks of each stage.</param>
    /// <param name="dims">The channels of each stage.</param>
    /// <param name="dropPath">The last block's probability to be left out; the first one's is 0.</param>
    public ConvNeXtNetwork(
        long inputs, int classes, IReadOnlyList<(long Channels, long Stride)> convolutions, IReadOnlyList<int> depths,
        IReadOnlyList<int> dims, double dropPath) : base("convnext")
    {
        stem = new(inputs, convolutions);
        stages = nn.Sequential();
        var rates = TransformerInitialisation.DropPaths(dropPath, depths.Sum());
        foreach (var (stage, depth) in depths.Index())
            stages.append(new ConvNeXtStage(
                stage == 0 ? null : dims[stage - 1], dims[stage], rates.Skip(depths.Take(stage).Sum()).Take(depth)));
        head = nn.Sequential(
            ("norm", nn.LayerNorm(dims[^1], PixelLayers.Epsilon)), ("fc", nn.Linear(dims[^1], classes)));
        RegisterComponents();
        TransformerInitialisation.Apply(stages);
        TransformerInitialisation.Apply(head);
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(head, on.AveragePool(on.Apply(stages, on.Apply(stem, input))));
}
