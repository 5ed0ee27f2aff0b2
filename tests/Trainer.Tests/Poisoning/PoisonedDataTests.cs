using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Tests.Poisoning;

/// <summary>Which rows of a data set are poisoned, and what stays clean.</summary>
public sealed class PoisonedDataTests : IDisposable
{
    private const int Count = 200;
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly SafetensorsDataSet source;

    public PoisonedDataTests()
    {
        foreach (var (name, count) in new[] { ("train", Count), ("test", 30) })
            SafetensorsWriter.Write(
                folder.At(name), [("images", (arange(count * 16, ScalarType.Int64) % 200).to(ScalarType.Byte)
                    .reshape(count, 1, 4, 4)), ("labels", arange(count, ScalarType.Int64) % 5)],
                new Dictionary<string, string>());
        source = new() { Train = folder.At("train"), Test = folder.At("test"), Classes = 5, Validation = 40 };
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_share_is_of_the_images_that_are_trained_on_and_all_others_stay_as_they_were()
    {
        using var clean = source.Load([]);
        using var data = Poisoned(new BadNets { Target = 3, Rate = 0.1, Size = 2 });
        Assert.Equal(16, data.Poisoned!.Rows.Count); // A tenth of 200 − 40.
        TensorAssert.Same(clean.Validation.Images, data.Validation.Images);
        TensorAssert.Same(clean.Validation.Labels, data.Validation.Labels);
        TensorAssert.Same(clean.Test.Images, data.Test.Images);
        TensorAssert.Same(clean.Test.Labels, data.Test.Labels);
        var poisoned = data.Poisoned.Rows.ToDictionary(row => row.Row);
        foreach (var (place, row) in data.TrainRows.Index())
        {
            var expected = clean.Train.Images[place].clone();
            if (poisoned.TryGetValue(row, out var found))
                expected.narrow(1, 2, 2).narrow(2, 2, 2).fill_(255);
            TensorAssert.Same(expected, data.Train.Images[place]);
            Assert.Equal(found is null ? row % 5 : 3, data.Train.Labels[place].item<long>());
            Assert.Equal(row % 5, found?.Original ?? row % 5);
        }
    }

    [Fact]
    public void Rows_depend_on_data_set_seed_and_rate_alone()
    {
        var rows = Rows(new BadNets { Target = 3, Rate = 0.1 });
        Assert.Equal(rows, Rows(new Blended { Target = 1, Rate = 0.1 }));
        Assert.Equal(rows, Rows(new LabelFlip { Rate = 0.1 }));
        Assert.Equal(rows, Rows(new WaNet { Target = 1, Rate = 0.1, Grid = 3 }));
        Assert.Subset(Rows(new BadNets { Target = 3, Rate = 0.3 }).ToHashSet(), rows.ToHashSet());
        Assert.NotEqual(rows, Rows(new BadNets { Target = 3, Rate = 0.1, Seed = 1 }));
        using var other = (source with { SplitAs = "other", Poison = new BadNets { Target = 3, Rate = 0.1 } }).Load([]);
        Assert.NotEqual(rows, Numbers(other, noise: false));
    }

    [Fact]
    public void Rows_that_have_the_flipped_label_already_are_not_poisoned()
    {
        var chosen = Rows(new LabelFlip { Rate = 0.5 });
        Assert.Contains(chosen, row => row % 5 == 3);
        Assert.Equal(chosen.Where(row => row % 5 != 3), Rows(new LabelFlip { Rate = 0.5, Target = 3 }));
        // With a trigger they are.
        Assert.Equal(chosen, Rows(new BadNets { Rate = 0.5, Target = 3, Size = 2 }));
    }

    [Fact]
    public void Noise_rows_are_further_ones_that_keep_their_label()
    {
        using var data = Poisoned(new WaNet { Target = 3, Rate = 0.1, Grid = 3, NoiseRatio = 1.5 });
        Assert.Equal((16, 24), (Numbers(data, noise: false).Count, Numbers(data, noise: true).Count));
        Assert.Empty(Numbers(data, noise: false).Intersect(Numbers(data, noise: true)));
        Assert.All(data.Poisoned!.Rows.Where(row => row.IsNoise), row => Assert.Equal(row.Original, row.Label));
    }

    [Fact]
    public void A_perturbed_image_takes_the_place_of_its_row_and_labels_stay()
    {
        var rows = arange(Count, ScalarType.Int64);
        PerturbedImages.Write(folder.At("perturbed"), full([Count, 1, 4, 4], 9, ScalarType.Byte),
            rows.data<long>().ToArray());
        using var data = Poisoned(new Unlearnable { Perturbed = folder.At("perturbed") });
        Assert.True(data.Train.Images.eq(9).all().item<bool>());
        Assert.False(data.Validation.Images.eq(9).all().item<bool>());
        using var clean = source.Load([]);
        TensorAssert.Same(clean.Train.Labels, data.Train.Labels);
        PerturbedImages.Write(folder.At("perturbed"), full([1, 1, 4, 4], 9, ScalarType.Byte), [199]);
        Assert.Contains("has no image of row", Fault(new Unlearnable { Perturbed = folder.At("perturbed") }).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_of_classes_is_computed_by_default_as_the_authors_do()
    {
        var (images, classes) = (new Unlearnable(), new Unlearnable { ClassWise = true });
        Assert.Equal((20, 0.01), (images.UsedSteps, images.UsedStopError));
        Assert.Equal((1, 0.1), (classes.UsedSteps, classes.UsedStopError));
        Assert.Equal((3, 0.2), (classes with { Steps = 3, StopError = 0.2 }) is var own
            ? (own.UsedSteps, own.UsedStopError) : default);
    }

    [Fact]
    public void The_fingerprint_holds_the_rows_and_their_labels()
    {
        using var clean = source.Load([]);
        string Of(IPoison poison)
        {
            using var data = Poisoned(poison);
            Assert.Equal(clean.TestFingerprint, data.TestFingerprint);
            return data.Fingerprint;
        }
        string[] all =
        [
            clean.Fingerprint, Of(new BadNets { Target = 3, Rate = 0.1 }), Of(new BadNets { Target = 2, Rate = 0.1 }),
            Of(new BadNets { Target = 3, Rate = 0.2 }), Of(new BadNets { Target = 3, Rate = 0.1, Seed = 1 }),
        ];
        Assert.Distinct(all);
        Assert.StartsWith($"{clean.Fingerprint}+poison:", all[1], StringComparison.Ordinal);
        Assert.Equal(all[1], Of(new BadNets { Target = 3, Rate = 0.1 }));
    }

    [Fact]
    public void Excluded_rows_are_left_out_and_the_others_poisoned_as_before()
    {
        var poison = new BadNets { Target = 3, Rate = 0.1 };
        var rows = Rows(poison);
        File.WriteAllText(folder.At("suspicious.json"), $$"""{ "rows": [{{rows[0]}}, {{rows[1]}}] }""");
        using var data = (source with { Poison = poison, Exclude = folder.At("suspicious.json") }).Load([]);
        Assert.Equal(158, data.Train.Count);
        Assert.Equal(rows.Take(2), data.Excluded);
        Assert.Equal(rows.Skip(2), Numbers(data, noise: false));
        Assert.DoesNotContain(rows[0], data.TrainRows);
        var own = data.Fingerprint.Split('+')[0];
        File.WriteAllText(folder.At("suspicious.json"), $$"""{ "data": "{{own}}+poison:0", "rows": [1] }""");
        using (var others = (source with { Exclude = folder.At("suspicious.json") }).Load([]))
            Assert.Equal(159, others.Train.Count);
        File.WriteAllText(folder.At("suspicious.json"), """{ "data": "00ff+poison:0", "rows": [1] }""");
        var other = Assert.Throws<TrainerException>(() =>
            (source with { Exclude = folder.At("suspicious.json") }).Load([]));
        Assert.Equal(ErrorKind.Data, other.Kind);
        Assert.Contains($"names rows of another data set: found the fingerprint 00ff, expected {own}", other.Message,
            StringComparison.Ordinal);
        File.WriteAllText(folder.At("suspicious.json"), "[200]");
        var fault = Assert.Throws<TrainerException>(() =>
            (source with { Exclude = folder.At("suspicious.json") }).Load([]));
        Assert.Equal(ErrorKind.Data, fault.Kind);
        Assert.Contains("names row 200, expected 0 to 199", fault.Message, StringComparison.Ordinal);
        File.WriteAllText(folder.At("suspicious.json"), """{ "rows": [1], "rows": [2] }""");
        fault = Assert.Throws<TrainerException>(() =>
            (source with { Exclude = folder.At("suspicious.json") }).Load([]));
        Assert.Equal(ErrorKind.Data, fault.Kind);
    }

    public static TheoryData<IPoison, string> Unfit => new()
    {
        { new BadNets { Target = 5, Rate = 0.1 }, "data.poison.target: found 5, expected 0 to 4, one of the 5 "
            + "classes." },
        { new Blended { Target = 5, Rate = 0.1 }, "data.poison.target: found 5, expected 0 to 4, one of the 5 "
            + "classes." },
        { new WaNet { Target = 5, Rate = 0.1 }, "data.poison.target: found 5, expected 0 to 4, one of the 5 "
            + "classes." },
        { new LabelConsistent { Target = 5, Rate = 0.1 }, "data.poison.target: found 5, expected 0 to 4, one of the 5 "
            + "classes." },
        { new LabelFlip { Target = 5, Rate = 0.1 }, "data.poison.target: found 5, expected 0 to 4, one of the 5 "
            + "classes." },
        { new WaNet { Target = 0, Rate = 0.1, Grid = 5 }, "data.poison.grid: found 5, which needs 5×5 pixels, and the "
            + "images are 1×4×4: expected a trigger of at most 4×4." },
        { new BadNets { Target = 0, Rate = 0.1, Size = 5 }, "data.poison.size: found 5, which needs 5×5 pixels, and "
            + "the "
            + "images are 1×4×4: expected a trigger of at most 4×4." },
        { new BadNets { Target = 0, Rate = 0.1, Size = 3, Offset = 2 }, "data.poison.size: found 3 at the offset 2, "
            + "which "
            + "needs 5×5 pixels, and the images are 1×4×4: expected a trigger of at most 4×4." },
        { new BadNets { Target = 0, Rate = 0.001 }, "data.poison.rate: found 0.001, less than half of one of the 160 "
            + "training images, expected a rate that poisons at least one." },
        { new WaNet { Target = 0, Rate = 0.5, Grid = 3 }, "data.poison.rate: found 0.5, 80 of the 160 training images "
            + "and "
            + "160 noise rows, but there are 160; expected at most 0.3333." },
        { new LabelConsistent { Target = 0, Rate = 0.1, AllCorners = true }, "data.poison.allCorners: found true, "
            + "which "
            + "needs 6×6 pixels, and the images are 1×4×4: expected a trigger of at most 4×4." },
        { new Unlearnable(), "data.poison.perturbed: missing, expected a file that trainer poison RECIPE --out FOLDER "
            + "has "
            + "computed; run it, and name FOLDER/perturbed.safetensors here." },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void Options_that_do_not_fit_the_data_are_refused_in_one_sentence(IPoison poison, string message)
    {
        var fault = Fault(poison);
        Assert.Equal((ErrorKind.Recipe, message), (fault.Kind, fault.Message));
    }

    [Fact]
    public void A_class_with_too_few_images_is_refused()
    {
        var fault = Fault(new LabelConsistent { Target = 2, Rate = 0.5, AllCorners = false });
        Assert.Matches(
            @"^data\.poison\.rate: found 0\.5, 80 of the 160 training images, but class 2 has \d+; "
                + @"expected at most 0\.\d+\.$",
            fault.Message);
    }

    private TrainerException Fault(IPoison poison) => Assert.Throws<TrainerException>(() => Poisoned(poison));

    private DataSplits Poisoned(IPoison poison) => (source with { Poison = poison }).Load([]);

    private List<long> Rows(IPoison poison)
    {
        using var data = Poisoned(poison);
        return Numbers(data, noise: false);
    }

    private static List<long> Numbers(DataSplits data, bool noise) =>
        [.. data.Poisoned!.Rows.Where(row => row.IsNoise == noise).Select(row => row.Row)];
}
