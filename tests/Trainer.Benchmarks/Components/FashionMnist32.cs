using Trainer.Engine.Data;
using Trainer.Robustness.Components;

namespace Trainer.Benchmarks.Components;

/// <summary>
/// Fashion-MNIST in the shape of CIFAR-10: three equal channels, two rows and columns of black around.
/// </summary>
[Component("fashion-mnist-32")]
public sealed record FashionMnist32 : IDataSource
{
    /// <summary>How many of the training images.</summary>
    public int Train { get; init; } = 2000;

    /// <summary>How many of the test images.</summary>
    public int Test { get; init; } = 1000;

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots)
    {
        using var whole = new FashionMnist { Validation = 0 }.Load(roots);
        return new(Part(whole.Train, Train), Part(whole.Test, 0), Part(whole.Test, Test), "fashion-mnist-32");
    }

    private static ImageData Part(ImageData images, int count)
    {
        using var scope = NewDisposeScope();
        using var some = images.Select(arange(count, ScalarType.Int64));
        var padded = nn.functional.pad(some.Images.to(ScalarType.Float32), [2, 2, 2, 2]).to(ScalarType.Byte);
        return new(
            padded.expand(count, 3, 32, 32).contiguous().DetachFromDisposeScope(),
            some.Labels.clone().DetachFromDisposeScope(), some.ClassNames);
    }
}
