using TorchSharp.Modules;
using Trainer.Engine.Networks;
using Trainer.Recipes;

namespace Trainer.Engine.Repair;

/// <summary>
/// The channels of the last convolution as the classifier reads them, which is the last fully connected layer and those
/// directly before it in the same module. A channel whose weights in the first of them are zero has no effect on the
/// logits: it is pruned. In <c>convnext</c>, <c>vit</c> and <c>xcit</c>, whose other fully connected layers are inside
/// blocks with shortcuts, these are the pooled features; BackdoorBench takes the classifier's inputs, too.
/// </summary>
internal sealed class ReadChannels
{
    private readonly Linear reader;

    private ReadChannels(Linear reader, long count) => (this.reader, Count) = (reader, count);

    /// <summary>How many channels there are.</summary>
    public long Count { get; }

    /// <summary>Finds them, by the order in which a network registers its layers.</summary>
    /// <exception cref="TrainerException">No classifier after a convolution reads its channels.</exception>
    public static ReadChannels Of(Module network)
    {
        // named_modules has a module's children before theirs; the keys have each child with its own.
        var keys = StateLoader.Tensors(network).Select(item => item.Key).ToList();
        var layers = network.named_modules().Where(layer => layer.module is Conv2d or Linear)
            .OrderBy(layer => keys.IndexOf($"{layer.name}.weight")).ToList();
        var last = layers.FindLastIndex(layer => layer.module is Conv2d);
        var linear = layers.Skip(last + 1).Where(layer => layer.module is Linear)
            .Select(layer => (Module: Owner(layer.name), Layer: (Linear)layer.module)).Reverse().ToList();
        var reader = linear.TakeWhile(layer => layer.Module == linear[0].Module).LastOrDefault().Layer;
        var channels = last < 0 ? 0 : ((Conv2d)layers[last].module).weight.shape[0];
        return last >= 0 && reader is not null && reader.weight.shape[1] % channels == 0 ? new(reader, channels)
            : throw Unfit();
    }

    /// <summary>
    /// The mean of each channel over images and pixels, as the layer reads it, after nonlinearity and norm.
    /// </summary>
    /// <param name="forward">Sends images through the network, some at a time.</param>
    /// <returns>Float64 [C].</returns>
    /// <exception cref="TrainerException">The layer reads several vectors of each image.</exception>
    public double[] Means(Action forward)
    {
        using var sum = zeros(Count, ScalarType.Float64);
        var rows = 0L;
        var hook = reader.register_forward_pre_hook((_, input) =>
        {
            if (input.dim() != 2)
                throw Unfit();
            using var scope = NewDisposeScope();
            var read = input.detach().reshape(input.shape[0], Count, -1).to(ScalarType.Float64);
            sum.add_(read.mean([2L]).sum([0L]).cpu());
            rows += input.shape[0];
            return input;
        });
        try
        {
            forward();
            return sum.div_(rows).data<double>().ToArray();
        }
        finally
        {
            hook.remove();
        }
    }

    /// <summary>The channels of the smallest means, the smallest first; equal ones in their order.</summary>
    public static long[] LeastActive(double[] means) =>
        [.. Enumerable.Range(0, means.Length).OrderBy(channel => means[channel]).Select(channel => (long)channel)];

    /// <summary>Sets the weights that read some channels to zero.</summary>
    public void Prune(IReadOnlyList<long> channels)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var weights = reader.weight.view(reader.weight.shape[0], Count, -1);
        weights.index_fill_(1, tensor(channels.ToArray(), ScalarType.Int64, reader.weight.device), 0);
    }

    private static string Owner(string name) => name[..(name.LastIndexOf('.') + 1)];

    private static TrainerException Unfit() => new(ErrorKind.Recipe, "model: the network has no fully connected layer "
        + "that reads the channels of its last convolution, which fine-pruning prunes; expected one, or another "
        + "--method.");
}
