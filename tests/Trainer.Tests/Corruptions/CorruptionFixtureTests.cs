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
        var difference = found.to(ScalarType.Float64).sub(Image(expected).to(ScalarType.Float64)).abs();
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
