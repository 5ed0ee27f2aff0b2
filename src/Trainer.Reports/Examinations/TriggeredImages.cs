using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness;

namespace Trainer.Reports.Examinations;

/// <summary>Pictures of test images with the trigger of a backdoor.</summary>
internal static class TriggeredImages
{
    private const int Searched = 1000;
    private const int Most = 10;

    /// <summary>
    /// The first test image of each class other than the target; none of images without 1 or 3 channels.
    /// </summary>
    /// <param name="classifier">The network. Left in its own mode.</param>
    /// <param name="test">The clean images.</param>
    /// <param name="backdoor">The attack.</param>
    public static IReadOnlyList<TriggeredPicture> Of(Classifier classifier, ImageData test, IBackdoor backdoor)
    {
        if (test.Shape.Channels is not (1 or 3))
            return [];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = classifier.InEvaluationMode();
        var first = arange(Math.Min(Searched, test.Count), ScalarType.Int64, test.Device);
        var labels = test.Labels.index_select(0, first).cpu().data<long>().ToArray();
        var chosen = labels.Index().Where(item => item.Item != backdoor.Target).DistinctBy(item => item.Item)
            .OrderBy(item => item.Item).Take(Most).Select(item => (long)item.Index).ToArray();
        if (chosen.Length == 0)
            return [];
        var (images, _) = test.Batch(tensor(chosen, device: test.Device));
        // Of bytes over 255, the bytes again.
        var bytes = images.cpu().mul(255).round().to(ScalarType.Byte);
        var triggered = backdoor.Triggered(bytes).to(ScalarType.Float32).div(255);
        var before = classifier.Predict(images).cpu().data<long>().ToArray();
        var after = classifier.Predict(triggered.to(test.Device)).cpu().data<long>().ToArray();
        var clean = images.cpu();
        return [.. chosen.Select((row, index) => new TriggeredPicture(
            row, (int)labels[row], (int)before[index], (int)after[index], KeptImages.Encode(clean[index]),
            KeptImages.Encode(triggered[index]), KeptImages.Encode((triggered[index] - clean[index]) / 2 + 0.5)))];
    }
}

/// <summary>A test image without and with a trigger.</summary>
/// <param name="Index">Its data-set index.</param>
/// <param name="Label">Its true class.</param>
/// <param name="Before">What it is predicted as.</param>
/// <param name="After">What it is predicted as with the trigger.</param>
/// <param name="Clean">A PNG in base64.</param>
/// <param name="Triggered">A PNG in base64.</param>
/// <param name="Difference">A PNG in base64: half of their difference, around grey.</param>
public sealed record TriggeredPicture(
    long Index, int Label, int Before, int After, string Clean, string Triggered, string Difference);
