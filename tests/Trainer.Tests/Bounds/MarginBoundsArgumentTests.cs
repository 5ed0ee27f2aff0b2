using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Bounds;

public sealed class MarginBoundsArgumentTests
{
    private static readonly ThreatModel Threat = new() { Norm = Norm.Linf, Epsilon = 0.25 };

    /// <summary>Outside the box the region is empty: what is computed for it bounds nothing.</summary>
    [Theory]
    [InlineData(1.3, "Found images with values from 0.5 to 1.3, expected [0, 1].")]
    [InlineData(-0.3, "Found images with values from -0.3 to 0.5, expected [0, 1].")]
    [InlineData(double.NaN, "Found NaN among the images")]
    public void Images_outside_the_box_are_refused(double value, string message)
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, dtype: ScalarType.Float64));
        using var classifier = new Classifier(network, 2);
        var images = tensor(new[] { 0.5, value }).reshape(1, 1, 1, 2);
        Assert.All(Enum.GetValues<BoundMethod>(), method => Assert.StartsWith(
            message, Assert.Throws<ArgumentException>(() => MarginBounds.Lower(
            classifier, images, tensor([0L]), Threat, method)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void No_images_have_no_bounds()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(
            nn.Flatten(), nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2));
        using var classifier = new Classifier(network, 2);
        Assert.All(Enum.GetValues<BoundMethod>(), method => Assert.Equal([0L, 2L], MarginBounds.Lower(
            classifier, zeros(0, 1, 1, 2), zeros(0, ScalarType.Int64), Threat, method).shape));
    }
}
