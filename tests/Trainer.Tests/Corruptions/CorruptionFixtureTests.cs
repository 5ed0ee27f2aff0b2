using System.Text.Json;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Robustness.Random;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Corruptions;

/// <summary>
/// Against the libraries that the public code uses (make_corruption_fixture.py), with the same random numbers. Where
/// those compute in float32, or at 32nds of a pixel, a value may be rounded to the next level.
/// </summary>
public class CorruptionFixtureTests
{
    private static readonly JsonElement Images = Fixture.Read("corruptions.json");

    public static TheoryData<string, int> Results() => new(Images.GetProperty("results").EnumerateArray()
        .Select(result => (result.GetProperty("name").GetString()!, result.GetProperty("severity").GetInt32())));

    public static TheoryData<string, int, int> Samples() => new(Images.GetProperty("samples").EnumerateArray()
        .Select(sample => (sample.GetProperty("name").GetString()!, sample.GetProperty("severity").GetInt32(),
            sample.GetProperty("side").GetInt32())));

    [Theory]
    [MemberData(nameof(Results))]
    public void It_equals_the_public_procedure_within_one_level_of_255(string name, int severity)
    {
        using var scope = NewDisposeScope();
        var corruption = CommonCorruptions.All.Single(one => one.Name == name);
        var expected = Images.GetProperty("results").EnumerateArray().Single(result =>
            result.GetProperty("name").GetString() == name && result.GetProperty("severity").GetInt32() == severity);
        var found = CommonCorruptions.Apply(
            corruption, severity, Image(Images), new CongruentialDraws());
        IsWithinOneLevel(Image(expected), found);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_fifth_value_does_at_the_other_severities_and_in_an_image_of_28_pixels(
        string name, int severity, int side)
    {
        using var scope = NewDisposeScope();
        var corruption = CommonCorruptions.All.Single(one => one.Name == name);
        var expected = Images.GetProperty("samples").EnumerateArray().Single(sample =>
            sample.GetProperty("name").GetString() == name && sample.GetProperty("severity").GetInt32() == severity
            && sample.GetProperty("side").GetInt32() == side);
        var found = CommonCorruptions.Apply(
            corruption, severity, Image(Images).narrow(2, 0, side).narrow(3, 0, side), new CongruentialDraws());
        IsWithinOneLevel(
            tensor(expected.GetProperty("values").GetBytesFromBase64()), found.flatten().slice(0, 0, found.numel(), 5));
    }

    /// <summary>A photograph's part is a plasma fractal here: only the two weights are the public code's.</summary>
    [Theory]
    [InlineData(1, 1, 0.2)]
    [InlineData(2, 1, 0.3)]
    [InlineData(3, 0.9, 0.4)]
    [InlineData(4, 0.85, 0.4)]
    [InlineData(5, 0.75, 0.45)]
    public void Frost_weighs_image_and_photograph_as_the_public_procedure(int severity, double image, double frost)
    {
        using var scope = NewDisposeScope();
        var black = Frosted(severity, 0);
        // Of severity 5 the mean of the photographs is tested beside this.
        TensorAssert.Close(Frosted(5, 0) * (frost / 0.45), black, 1e-12);
        TensorAssert.Close(black + image, Frosted(severity, 1), 1e-12);
    }

    private static Tensor Frosted(int severity, double level) => new Frost().Apply(new(
        full([1, 3, 16, 16], level, ScalarType.Float64), severity, new CongruentialDraws()));

    private static void IsWithinOneLevel(Tensor expected, Tensor found)
    {
        var difference = found.to(ScalarType.Float64).sub(expected.to(ScalarType.Float64)).abs();
        Assert.InRange(difference.max().item<double>(), 0, 1);
        Assert.InRange(difference.mean().item<double>(), 0, 0.25);
    }

    private static Tensor Image(JsonElement of)
    {
        var side = Images.GetProperty("side").GetInt64();
        return tensor(of.GetProperty("image").GetBytesFromBase64()).reshape(1, 3, side, side);
    }

    /// <summary>The generator of the script.</summary>
    private sealed class CongruentialDraws() : CorruptionDraws(RandomSource.ForBatch(RandomKey.Of(0)))
    {
        public override Tensor Uniform(int number, params long[] shape) =>
            tensor(Values(number, shape.Aggregate(1L, (product, length) => product * length))).reshape(shape);

        public override Tensor Normal(int number, params long[] shape)
        {
            var count = shape.Aggregate(1L, (product, length) => product * length);
            var pairs = Values(number, 2 * count).Chunk(2);
            return tensor(pairs.Select(pair => Math.Sqrt(-2 * Math.Log(1 - pair[0])) * Math.Cos(2 * Math.PI * pair[1]))
                .ToArray()).reshape(shape);
        }

        private static double[] Values(int number, long count)
        {
            var (state, values) = ((ulong)number + 1, new double[count]);
            for (var place = 0L; place < count; place++)
            {
                state = unchecked((state * 6364136223846793005) + 1442695040888963407);
                values[place] = (state >> 11) / (double)(1L << 53);
            }
            return values;
        }
    }
}
