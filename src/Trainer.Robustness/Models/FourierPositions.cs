using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>
/// For each pixel of feature maps what a 1×1 convolution makes of sines and cosines of its place (El-Nouby et al. 2021,
/// arXiv:2106.09681, as in their public code), first of its row, then of its column: [1, C, H, W] for any [N, C, H, W].
/// </summary>
internal sealed class FourierPositions : Module, INetworkGraph
{
    // Sines and cosines of each of the two coordinates.
    private const int Waves = 32;
    private const double Temperature = 10000;
    private const double Epsilon = 1e-6;
    private readonly Conv2d token_projection;
    private readonly long height;
    private readonly long width;

    /// <param name="channels">C.</param>
    /// <param name="height">Rows of the feature maps.</param>
    /// <param name="width">Columns of the feature maps.</param>
    public FourierPositions(long channels, long height, long width) : base(nameof(FourierPositions))
    {
        (this.height, this.width) = (height, width);
        token_projection = nn.Conv2d(2 * Waves, channels, kernel_size: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(token_projection, on.Constant(input, Encode));

    /// <summary>Float32 [1, 64, H, W].</summary>
    private Tensor Encode(Device device)
    {
        using var scope = NewDisposeScope();
        var rows = Along(height, device).unsqueeze(2).expand(-1, -1, width);
        var columns = Along(width, device).unsqueeze(1).expand(-1, height, -1);
        return cat([rows, columns], 0).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Float32 [32, L]: for each frequency the sine and the cosine of every place, which goes from 2π / L to 2π.
    /// </summary>
    private static Tensor Along(long length, Device device)
    {
        var places = arange(1, length + 1, ScalarType.Float32, device) * (2 * Math.PI / (length + Epsilon));
        var frequencies = (arange(0, Waves, 2, ScalarType.Float32, device) * (-Math.Log(Temperature) / Waves)).exp();
        var angles = frequencies.unsqueeze(1) * places;
        return stack([angles.sin(), angles.cos()], 1).flatten(0, 1);
    }
}
