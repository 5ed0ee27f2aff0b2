using System.Xml.Linq;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Metrics;
using Trainer.Engine.Pictures;
using Trainer.Reports;
using Trainer.Reports.Examinations;
using Trainer.Reports.Pages;

namespace Trainer.Tests.Reports;

/// <summary>What the report says of a backdoor, its repair and the inspection of training images.</summary>
public sealed class BackdoorSectionTests
{
    private static readonly BackdoorMetrics Measured = new(
        "blended", new(1000, 0.91, [0.89, 0.92]), new(900, 0.73, [0.7, 0.76]), new(900, 0.24, [0.21, 0.27]));

    [Fact]
    public void Each_checkpoint_has_the_shares_that_were_measured()
    {
        var flipped = new BackdoorMetrics("label-flip", new(1000, 0.85, [0.83, 0.87]), null, null);
        var section = Section(SampleRun.Of() with { Finals = [Final("best", Measured), Final("last", flipped)] });
        Assert.Equal(
            [
                ["best", "blended", "1,000", "91.0 %", "89.0 to 92.0 %", "900", "73.0 %", "70.0 to 76.0 %", "24.0 %",
                    "21.0 to 27.0 %"],
                ["last", "label-flip", "1,000", "85.0 %", "83.0 to 87.0 %", "–", "–", "–", "–", "–"],
            ], section.Rows("attack success"));
        var without = SampleRun.Of();
        Assert.Equal("", BackdoorSection.Of(without).Text + BackdoorSection.Curves(without).Text);
    }

    [Fact]
    public void The_curves_are_those_of_the_held_out_images()
    {
        var run = SampleRun.Of();
        run = run with
        {
            Epochs = [run.Epochs[0] with { Validation = run.Epochs[0].Validation! with { Backdoor = Measured } }],
        };
        Assert.Contains(
            "The last: clean 91.0 % of 1,000; with the trigger, of 900 not of the target class, 73.0 % predicted as "
            + "the target and 24.0 % as their true class.",
            BackdoorSection.Curves(run).Text.Replace('\u00A0', ' '), StringComparison.Ordinal);
    }

    [Fact]
    public void An_inspection_has_what_each_method_found()
    {
        InspectionReport.SuspiciousRow Row(long row) => new(row, 0, 1, true);
        var section = Section(SampleRun.Of() with
        {
            Inspection = new("weights", "data", 500, 40, [1, 2, 3, 4], [
                new("spectral", "the images", 0.75, 0.62, 0.013, 0.875, [Row(1), Row(2), Row(3)]),
                new("clustering", "the network", null, 0, 0, 0.5, [])], 1),
        });
        Assert.Equal(
            [
                ["spectral", "the images", "3", "75.0 %", "62.0 %", "1.3 %", "0.875"],
                ["clustering", "the network", "0", "–", "0.0 %", "0.0 %", "0.5"],
            ], section.Rows("false positives"));
        Assert.Contains("500 training images, 40 of them poisoned; 3 are suspicious to some method, beside the 1 that "
            + "data.exclude had left out before.", Words(section), StringComparison.Ordinal);
    }

    [Fact]
    public void A_repair_and_an_isolation_are_told_with_their_numbers()
    {
        var run = SampleRun.Of();
        var words = Words(Section(run with
        {
            Repair = new("runs/a", "identity", "nad", 250, 200, "pruned 3", 0.9, 0.85, Test, Test),
            Epochs = [run.Epochs[0], run.Epochs[1] with { Isolation = new(60, 0.25, 0.4, 0.3) }],
        }));
        Assert.Contains("The network of runs/a, changed by nad with 250 clean held-out images, 200 of them trained on: "
            + "pruned 3. On the others clean accuracy was 90.0 % and is 85.0 %.", words, StringComparison.Ordinal);
        Assert.Contains("After epoch 2, the objective set apart the 60 training images of the smallest loss, up to "
            + "0.25, to be unlearnt at the end. Of them 40.0 % are poisoned; they are 30.0 % of the poisoned images.",
            words, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_are_the_first_image_of_each_other_class_without_and_with_the_trigger()
    {
        using var scope = NewDisposeScope();
        // The last pixel is the patch's; by it the network predicts class 0, else class 1 or 2 by the first.
        using var network = new TinyNetwork(
            new float[,] { { 0, 0, 0, 20 }, { 8, 0, 0, 0 }, { -8, 0, 0, 0 } }, [-10, -4, 4]);
        using var classifier = network.Classifier;
        byte[][] images = [[0, 0, 0, 51], [7, 9, 11, 12], [255, 1, 2, 4], [200, 0, 0, 0], [50, 0, 0, 0]];
        using var test = new ImageData(
            tensor(images.SelectMany(image => image).ToArray()).reshape(5, 1, 2, 2), tensor([0L, 2, 1, 1, 2]),
            ["a", "b", "c"]);
        var found = TriggeredImages.Of(classifier, test, new BadNets { Target = 0, Rate = 0.1, Size = 1, Value = 1 });
        Assert.Equal([(2, 1, 1, 0), (1, 2, 2, 0)], found.Select(one => (one.Index, one.Label, one.Before, one.After)));
        Assert.Equal([Picture(255, 1, 2, 4), Picture(7, 9, 11, 12)], found.Select(one => one.Clean));
        Assert.Equal([Picture(255, 1, 2, 255), Picture(7, 9, 11, 255)], found.Select(one => one.Triggered));
        // Half of 251 and of 243 above 127.5; 127.5 is rounded to 128.
        Assert.Equal([Picture(128, 128, 128, 253), Picture(128, 128, 128, 249)], found.Select(one => one.Difference));

        var run = SampleRun.Of();
        var section = Section(run with
        {
            Examination = run.Examination! with { ClassNames = ["a", "b", "c"], Triggered = found },
        });
        Assert.Equal(
            found.SelectMany(one => new[] { one.Clean, one.Triggered, one.Difference })
                .Select(image => $"data:image/png;base64,{image}"),
            section.Descendants("img").Select(image => (string)image.Attribute("src")!));
        Assert.Equal(
            ["b → atest image 2 · b", "c → atest image 1 · c"],
            section.Descendants("figcaption").Select(caption => caption.Value.Replace('\u00A0', ' ')));
    }

    private static AccuracyMetrics Test => new(10, 0.5, null, null);

    private static FinalMetrics Final(string checkpoint, BackdoorMetrics measured) =>
        new(checkpoint, Test, Test with { Backdoor = measured });

    private static string Picture(params byte[] pixels)
    {
        using var image = tensor(pixels).reshape(1, 2, 2);
        return Convert.ToBase64String(Png.Encode(image));
    }

    private static string Words(XElement section) => section.Value.Replace('\u00A0', ' ');

    private static XElement Section(RunRecord run) =>
        XElement.Parse($"<main>{BackdoorSection.Of(run).Text}</main>");
}
