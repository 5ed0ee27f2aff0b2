using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Pictures;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Tests.Privacy;

/// <summary>Random parts of the training rows.</summary>
public sealed class TrainingSubsetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly SafetensorsDataSet source;

    public TrainingSubsetTests()
    {
        foreach (var (name, count) in new[] { ("train", 101), ("test", 30) })
            SafetensorsWriter.Write(
                folder.At(name), [("images", (arange(count * 16, ScalarType.Int64) % 200).to(ScalarType.Byte)
                    .reshape(count, 1, 4, 4)), ("labels", arange(count, ScalarType.Int64) % 5)],
                new Dictionary<string, string>());
        source = new() { Train = folder.At("train"), Test = folder.At("test"), Classes = 5, Validation = 20 };
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_half_and_its_complement_are_all_rows_that_are_not_held_out()
    {
        using var all = source.Load([]);
        using var half = Load(new() { Seed = 3 });
        using var rest = Load(new() { Seed = 3, Complement = true });
        Assert.Equal((40, 41), (half.TrainRows.Count, rest.TrainRows.Count)); // Half of 81, rounded to even.
        Assert.Equal(all.TrainRows, half.TrainRows.Concat(rest.TrainRows).Order());
        Assert.Equal(all.ValidationRows, half.ValidationRows);
        foreach (var (place, row) in half.TrainRows.Index())
            TensorAssert.Same(all.Train.Images[all.TrainRows.ToList().IndexOf(row)], half.Train.Images[place]);
    }

    [Fact]
    public void Rows_depend_on_data_set_seed_and_fraction_and_the_fingerprint_holds_them()
    {
        using var all = source.Load([]);
        using var half = Load(new() { Seed = 3 });
        using var again = Load(new() { Seed = 3 });
        using var other = Load(new() { Seed = 4 });
        using var third = Load(new() { Seed = 3, Fraction = 1.0 / 3 });
        Assert.Equal(half.TrainRows, again.TrainRows);
        Assert.Equal(half.Fingerprint, again.Fingerprint);
        Assert.Distinct([all.Fingerprint, half.Fingerprint, other.Fingerprint, third.Fingerprint]);
        Assert.Matches($"^{all.Fingerprint}\\+subset:[0-9a-f]{{64}}$", half.Fingerprint);
        Assert.Equal(27, third.TrainRows.Count);
        Assert.Subset(half.TrainRows.ToHashSet(), third.TrainRows.ToHashSet());
        Assert.InRange(half.TrainRows.Intersect(other.TrainRows).Count(), 10, 30);
    }

    [Fact]
    public void Images_are_poisoned_as_they_are_without_a_subset()
    {
        var poisoned = source with { Poison = new BadNets { Target = 3, Rate = 0.2 } };
        using var all = poisoned.Load([]);
        using var half = (poisoned with { Subset = new() { Seed = 3 } }).Load([]);
        Assert.Equal(
            all.Poisoned!.Rows.Select(row => row.Row).Intersect(half.TrainRows),
            half.Poisoned!.Rows.Select(row => row.Row));
    }

    [Fact]
    public void Excluded_rows_leave_the_others_of_a_half_and_of_its_complement_as_they_are()
    {
        using var half = Load(new() { Seed = 3 });
        using var rest = Load(new() { Seed = 3, Complement = true });
        // The rows and the fingerprint that runs on this half have had from the beginning.
        Assert.Contains("+subset:bedf1ae7a03b5371df323e827c7309dcd7869d25ac2da5aadb", half.Fingerprint,
            StringComparison.Ordinal);
        long[] named = [half.TrainRows[0], half.TrainRows[7], rest.TrainRows[4]];
        foreach (var (whole, complement) in new[] { (half, false), (rest, true) })
        {
            using var left = Without(named, new() { Seed = 3, Complement = complement });
            Assert.Equal(whole.TrainRows.Except(named), left.TrainRows);
            Assert.Equal(named.Order(), left.Excluded);
            var hash = SHA256.HashData(MemoryMarshal.AsBytes<long>(left.TrainRows.ToArray()));
            Assert.EndsWith($"+subset:{Convert.ToHexStringLower(hash)}", left.Fingerprint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_subset_whose_rows_are_all_excluded_is_refused()
    {
        using var half = Load(new() { Seed = 3 });
        var fault = Assert.Throws<TrainerException>(() => Without([.. half.TrainRows], new() { Seed = 3 }));
        Assert.Equal(ErrorKind.Recipe, fault.Kind);
        Assert.StartsWith("data.exclude: found all 40 training images of data.subset", fault.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_of_no_image_is_refused()
    {
        var fault = Assert.Throws<TrainerException>(() => Load(new() { Fraction = 0.001 }));
        Assert.Equal(ErrorKind.Recipe, fault.Kind);
        Assert.StartsWith("data.subset.fraction: found 0.001", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contact_sheet_has_its_images_in_rows_and_the_rest_black()
    {
        var images = arange(1, 4).to(ScalarType.Float32).div(255).reshape(3, 1, 1, 1);
        Assert.Equal(
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 0, 0, 3, 3, 0, 0],
            ContactSheet.Of(images, 2).data<byte>().ToArray().Select(value => (int)value));
    }

    private DataSplits Without(long[] rows, TrainingSubset subset)
    {
        File.WriteAllText(folder.At("rows.json"), JsonSerializer.Serialize(rows));
        return (source with { Exclude = folder.At("rows.json"), Subset = subset }).Load([]);
    }

    private DataSplits Load(TrainingSubset subset) => (source with { Subset = subset }).Load([]);
}
