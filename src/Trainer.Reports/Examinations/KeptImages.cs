using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Pictures;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Robustness.Threats;

namespace Trainer.Reports.Examinations;

/// <summary>The adversarial images that an evaluation kept.</summary>
/// <param name="evaluation">The evaluation.</param>
/// <param name="test">The images that it attacked.</param>
internal sealed class KeptImages(EvaluationRecord evaluation, ImageData test)
{
    private const int Most = 10;

    /// <summary>
    /// Pictures of the first broken example of each class, and by how much their perturbations are enlarged.
    /// </summary>
    /// <param name="threat">Gives the enlargement where nothing is shown.</param>
    public (double Magnification, IReadOnlyList<ExamplePicture> Pictures) Pictures(ThreatModel threat)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var shown = First().Select(example => (Example: example, Pair: Find(example.Index)))
            .Where(item => item.Pair is not null)
            .Select(item =>
            (item.Example, item.Pair!.Value.Clean, Change: item.Pair.Value.Adversarial - item.Pair.Value.Clean))
            .ToList();
        if (shown.Count == 0)
            return (1 / (2 * threat.Epsilon), []);
        // The largest change becomes full black or white; the same for all, so that they can be compared.
        var largest = shown.Max(item => item.Change.abs().max().item<float>());
        var magnification = 1 / (2 * Math.Max(largest, 1e-6));
        return (magnification, [.. shown.Select(item => new ExamplePicture(
            item.Example.Index, (int)item.Example.Label, (int)item.Example.Predicted, item.Example.BrokenBy ?? "",
            item.Change.abs().max().item<float>(), item.Change.square().sum().sqrt().item<float>(),
            Encode(item.Clean), Encode(item.Clean + item.Change), Encode(item.Change * magnification + 0.5)))]);
    }

    /// <summary>
    /// The first example of each class that was recognised and is taken for another after the attack; then the first of
    /// the rest.
    /// </summary>
    private IEnumerable<LedgerExample> First()
    {
        var recognised = evaluation.Clean.Where(example => example.BrokenBy is null).Select(example => example.Index)
            .ToHashSet();
        var broken = evaluation.Last.Where(
            example => example.BrokenBy is not null && !example.Tie && recognised.Contains(example.Index)).ToList();
        var first = broken.GroupBy(example => example.Label).Select(group => group.First());
        return first.Concat(broken).Distinct().Take(Most).OrderBy(example => example.Label)
            .ThenBy(example => example.Index);
    }

    /// <summary>Float32 [C, H, W] each, on the CPU; null where the image was not kept, or is no picture.</summary>
    private (Tensor Clean, Tensor Adversarial)? Find(long index)
    {
        if (test.Shape.Channels is not (1 or 3))
            return null;
        foreach (var path in Directory.EnumerateFiles(evaluation.Folder, "*.safetensors").Order(StringComparer.Ordinal))
        {
            using var file = SafetensorsFile.Open(path);
            if (!file.Contains("images") || !file.Contains("index"))
                continue;
            var row = Array.IndexOf(file.Read("index").data<long>().ToArray(), index);
            if (row >= 0)
                return (test.Batch(tensor(new[] { index }, device: test.Device)).Images[0].cpu(),
                    file.Read("images")[row]);
        }
        return null;
    }

    /// <summary>A PNG in base64.</summary>
    /// <param name="picture">Float32 [C, H, W] on the CPU; clipped to [0, 1].</param>
    internal static string Encode(Tensor picture) =>
        Convert.ToBase64String(Png.Encode((picture.clamp(0, 1) * 255).round().to(ScalarType.Byte)));
}
